// A command that waits for a server that never answers: it ends when it is told to, and in time.
#include "command_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mcp_auth::testing {
namespace {

// Accepts and reads on loopback, and says nothing.
class SilentServer {
public:
    SilentServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_, 4), 0);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    ~SilentServer() {
        if (peer_ >= 0) ::close(peer_);
        ::close(listener_);
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/mcp"; }
    // Returns once a request has begun to arrive.
    void wait_for_request() {
        peer_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        char byte = 0;
        EXPECT_EQ(::read(peer_, &byte, 1), 1);
    }

private:
    int listener_;
    int peer_ = -1;
    int port_ = 0;
};

using Waiting = CommandTest;

TEST_F(Waiting, SigintEndsItWithCancelled) {
    for (const int signal : {SIGINT, SIGTERM}) {
        SilentServer silent;
        Subprocess command(
            Subprocess::Start{},
            {MCP_AUTH_COMMAND, "token", silent.url(), "--config", configuration(silent.url())},
            environment);
        silent.wait_for_request();
        command.signal(signal);
        command.finish();
        EXPECT_EQ(command.exit_code(), 8) << command.err();
        EXPECT_EQ(command.out(), "");
    }
}

TEST_F(Waiting, TheTimeoutEndsItWithDeadline) {
    SilentServer silent;
    const std::string config = configuration(silent.url());
    for (const char* command : {"token", "connect", "assertion"}) {
        const auto late = run({command, silent.url(), "--config", config, "--timeout", "0.2"});
        EXPECT_EQ(late->exit_code(), 9) << command << ": " << late->err();
        EXPECT_NE(late->err().find("--timeout"), std::string::npos);
    }
}

TEST_F(Waiting, AServerThatIsNotThereIsUnavailable) {
    std::string url;
    { url = SilentServer().url(); }
    const auto refused = run({"token", url, "--config", configuration(url)});
    EXPECT_EQ(refused->exit_code(), 6) << refused->err();
    EXPECT_NE(refused->err().find("try again later"), std::string::npos) << refused->err();
}

TEST_F(Waiting, TheTraceSaysWhoWasAskedAndWhy) {
    std::string url;
    { url = SilentServer().url(); }
    const auto refused = run({"--trace", "token", url, "--config", configuration(url)});
    const std::string origin = url.substr(0, url.rfind('/'));
    EXPECT_NE(refused->err().find("! mcp"), std::string::npos) << refused->err();
    EXPECT_NE(refused->err().find(origin), std::string::npos) << refused->err();
    EXPECT_NE(refused->err().find("method=initialize"), std::string::npos) << refused->err();
}

}  // namespace
}  // namespace mcp_auth::testing
