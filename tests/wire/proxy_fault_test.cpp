// The one leg that comes before TLS: what a proxy answers to CONNECT, spoilt at every byte.
// Whatever it says, it gets nothing but the name and the port of the server.
#include "http_client.hpp"
#include "network/wire_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>

namespace mcp_auth::wire {
namespace {

using host::testing::WirePeer;
using host::testing::WireServer;

const std::string opened = "HTTP/1.1 200 Connection established\r\nX-Proxy: here\r\n\r\n";

class ProxyFaults : public ::testing::Test {
protected:
    ProxyFaults() {
        host::PolicyConfig policy;
        policy.proxy = proxy_.url("");
        auto made = host::make_http_client(policy, {});
        EXPECT_TRUE(made) << made.error().message;
        client_ = *made;
    }
    // All that it was told, whatever it said.
    ~ProxyFaults() override {
        EXPECT_THAT(proxy_.requests(), ::testing::Each("CONNECT idp.example:443 HTTP/1.1\r\n"
                                                       "Host: idp.example:443\r\n\r\n"));
    }
    // What becomes of a request with a credential when it says this and then hangs up.
    Status through_proxy_that_says(const std::string& bytes) {
        {
            const std::lock_guard lock(mutex_);
            says_ = bytes;
        }
        HttpRequest request;
        request.method = "POST";
        request.url = "https://idp.example/token";
        request.headers = {{"Authorization", "Basic canary"}};
        request.body = "subject_token=canary";
        const auto asked = proxy_.requests().size();
        const auto answer = client_->send(request, {});
        EXPECT_EQ(proxy_.requests().size(), asked + 1);
        return answer.status();
    }

private:
    std::mutex mutex_;  // of says_
    std::string says_;
    WireServer proxy_{[this](WirePeer& peer) {
        peer.read_request();
        const std::string bytes = [&] {
            const std::lock_guard lock(mutex_);
            return says_;
        }();
        peer.write(bytes);
        peer.shut();
        peer.wait_closed();
    }};
    std::shared_ptr<HttpTransport> client_;
};

TEST_F(ProxyFaults, AnAnswerThatIsCutOpensNoTunnel) {
    EXPECT_EQ(through_proxy_that_says(""), Status::unavailable);
    for (std::size_t at = 1; at < opened.size(); ++at)
        EXPECT_EQ(through_proxy_that_says(opened.substr(0, at)), Status::protocol) << at;
}

TEST_F(ProxyFaults, ATunnelThatIsClosedAtOnceIsUnavailable) {
    EXPECT_EQ(through_proxy_that_says(opened), Status::unavailable);
}

TEST_F(ProxyFaults, AnAnswerWithAControlCharacterOpensNoTunnel) {
    for (std::size_t at = 0; at < opened.size(); ++at) {
        std::string bytes = opened;
        bytes[at] = '\0';
        EXPECT_EQ(through_proxy_that_says(bytes), Status::protocol) << at;
    }
}

TEST_F(ProxyFaults, BytesBehindTheAnswerAreNotTakenForTheServers) {
    for (const char* more : {"x", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "\x16\x03\x03"})
        EXPECT_EQ(through_proxy_that_says(opened + more), Status::protocol);
}

}  // namespace
}  // namespace mcp_auth::wire
