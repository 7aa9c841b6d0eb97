// A name server that changes its mind (DNS rebinding, protocol.md L2): what was checked is what is
// connected to, and every new connection is checked anew.
#include "credential_post.hpp"
#include "wire_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using Answer = std::vector<std::string>;

// Two servers on one port of two addresses, only one of which the policy lists.
constexpr const char* allowed_address = "127.0.0.2";
constexpr const char* forbidden_address = "127.0.0.3";

class Rebinding : public ::testing::Test {
protected:
    // The n-th question gets the n-th answer, and every later one the last.
    void name_server_says(std::vector<Answer> answers) {
        const auto look_up = [this, answers](const std::string&,
                                             std::vector<Poco::Net::SocketAddress>& found) {
            const auto which = std::min<std::size_t>(questions_++, answers.size() - 1);
            for (const std::string& address : answers[which]) found.emplace_back(address, 0);
            return 0;
        };
        PolicyConfig policy;
        policy.private_networks = {std::string(allowed_address) + "/32", "127.0.0.4/32"};
        policy.ca_file = ca_.path();
        policy.proxy = proxy_;
        auto made = make_http_client(policy, {}, look_up);
        ASSERT_TRUE(made) << made.error().message;
        http_ = *made;
    }
    void serve(WireServer::Talk talk) {
        auto tls = std::make_shared<WireTls>();
        tls->identity = identity_;
        allowed_ = std::make_unique<WireServer>(std::move(talk), tls, allowed_address);
        forbidden_ = std::make_unique<WireServer>(
            [](WirePeer& peer) {
                peer.read_request();
                peer.write(token_answer);
            },
            tls, forbidden_address, allowed_->port());
    }
    static void once(WirePeer& peer) {
        peer.read_request();
        peer.write(token_answer);
    }
    static void always(WirePeer& peer) {
        while (!peer.read_request().empty()) peer.write(token_answer);
    }
    std::string redirect_to(const std::string& host) const {
        std::string answer = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n";
        answer.append("Location: ").append(allowed_->url("/metadata", host)).append("\r\n\r\n");
        return answer;
    }
    std::string url(const std::string& host = "auth.chat.example") const {
        return allowed_->url("/token", host);
    }
    Result<TokenResponse> post() { return post_credential(*http_, url()); }
    Result<HttpResponse> get(int redirects = 0) {
        HttpRequest request;
        request.url = url();
        request.max_redirects = redirects;
        return http_->send(request, {});
    }
    template <class T>
    void expect_refused(const Result<T>& result, const std::string& says = "private_networks") {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.status(), Status::misconfigured) << result.error().message;
        EXPECT_THAT(result.error().message, HasSubstr(says));
        EXPECT_EQ(forbidden_->accepts(), 0);
    }

    const Identity authority_ = make_authority();
    const TemporaryFile ca_{authority_.certificate_pem()};
    const Identity identity_ =
        make_identity({"DNS:auth.chat.example,DNS:other.example"}, &authority_);
    std::atomic<std::size_t> questions_{0};
    std::string proxy_;
    std::unique_ptr<WireServer> allowed_, forbidden_;
    std::shared_ptr<HttpTransport> http_;
};

TEST_F(Rebinding, OneAnswerServesTheCheckAndTheConnection) {
    serve(once);
    name_server_says({{allowed_address}, {forbidden_address}});
    const auto token = post();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(questions_, 1U);
    EXPECT_EQ(forbidden_->accepts(), 0);
}

TEST_F(Rebinding, TheNextConnectionIsCheckedAnew) {
    serve(once);
    name_server_says({{allowed_address}, {forbidden_address}});
    ASSERT_TRUE(post());
    expect_refused(post());
    EXPECT_EQ(questions_, 2U);
    EXPECT_EQ(allowed_->accepts(), 1);
}

TEST_F(Rebinding, AKeptConnectionStaysWhereItWasCheckedAndAsksNobody) {
    serve(always);
    name_server_says({{allowed_address}, {forbidden_address}});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(post());
    EXPECT_EQ(questions_, 1U);
    EXPECT_EQ(allowed_->accepts(), 1);
    EXPECT_EQ(forbidden_->accepts(), 0);
}

// The server closes the kept connection as the second request arrives, which is sent once more.
TEST_F(Rebinding, ARequestThatIsSentAgainIsCheckedAnew) {
    serve([](WirePeer& peer) {
        once(peer);
        peer.read_request();
    });
    name_server_says({{allowed_address}, {forbidden_address}});
    ASSERT_TRUE(get());
    expect_refused(get());
    EXPECT_EQ(questions_, 2U);
    EXPECT_EQ(allowed_->requests().size(), 2U);
}

TEST_F(Rebinding, OfSeveralAddressesOnlyTheAllowedAreConnectedTo) {
    serve(once);
    for (const Answer& answer :
         {Answer{forbidden_address, allowed_address}, Answer{allowed_address, forbidden_address},
          Answer{"169.254.169.254", "::1", allowed_address, "10.0.0.1"}}) {
        name_server_says({answer});
        const auto token = post();
        EXPECT_TRUE(token) << token.error().message;
    }
    EXPECT_EQ(forbidden_->accepts(), 0);
}

TEST_F(Rebinding, AnAllowedAddressThatIsDeadDoesNotLeadToAForbiddenOne) {
    serve(once);
    name_server_says({{"127.0.0.4", forbidden_address}});  // nobody listens there
    const auto answer = get();
    EXPECT_EQ(answer.status(), Status::unavailable);
    EXPECT_EQ(forbidden_->accepts(), 0);
}

TEST_F(Rebinding, AForbiddenAddressIsRefusedInEveryForm) {
    serve(once);
    for (const char* const form :
         {"127.0.0.3", "::ffff:127.0.0.3", "::127.0.0.3", "64:ff9b::127.0.0.3", "2002:7f00:3::1",
          "::1", "0.0.0.0", "::"}) {
        name_server_says({{form}});
        expect_refused(post());
    }
    EXPECT_EQ(allowed_->accepts(), 0);
}

// Listing 127.0.0.2 is about this machine, not about what a translator makes of it.
TEST_F(Rebinding, AnotherMachinesLoopbackIsNotOurs) {
    serve(once);
    for (const char* const form : {"64:ff9b::127.0.0.2", "2002:7f00:2::1"}) {
        name_server_says({{form}});
        expect_refused(post());
    }
}

TEST_F(Rebinding, EachHopOfARedirectIsCheckedAnew) {
    for (const char* const to : {"other.example", "auth.chat.example", "127.0.0.3", "2130706435",
                                 "0x7f.3", "[::ffff:127.0.0.3]"}) {
        serve([&](WirePeer& peer) {
            peer.read_request();
            peer.write(redirect_to(to));
        });
        name_server_says({{allowed_address}, {forbidden_address}});
        questions_ = 0;
        expect_refused(get(3));
        EXPECT_EQ(allowed_->accepts(), 1) << to;
    }
}

TEST_F(Rebinding, AnAllowedHopIsFollowedAndTheOneAfterItIsNot) {
    serve([&](WirePeer& peer) {
        peer.read_request();
        peer.write(redirect_to("other.example"));
    });
    name_server_says({{allowed_address}, {allowed_address}, {forbidden_address}});
    expect_refused(get(3));
    EXPECT_EQ(questions_, 3U);
    EXPECT_EQ(allowed_->accepts(), 2);
}

TEST_F(Rebinding, BehindAProxyEachHopsLiteralIsCheckedBeforeItIsAsked) {
    for (const char* const to :
         {"10.0.0.1", "012.0.0.1", "2852039166", "[::ffff:a9fe:a9fe]", "010.8.8.8", "127.0.0.3"}) {
        auto tls = std::make_shared<WireTls>();
        tls->identity = identity_;
        tls->behind_connect = true;
        WireServer proxy(
            [&](WirePeer& peer) {
                peer.read_request();
                peer.write(redirect_to(to));
            },
            tls);
        proxy_ = "http://127.0.0.1:" + std::to_string(proxy.port());
        serve(once);
        name_server_says({{forbidden_address}});
        expect_refused(get(3), "");
        EXPECT_EQ(proxy.accepts(), 1) << to;
        EXPECT_EQ(questions_, 0U);
    }
}

TEST_F(Rebinding, BehindAProxyNobodyHereIsAsked) {
    WireServer proxy([](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    proxy_ = "http://127.0.0.1:" + std::to_string(proxy.port());
    serve(once);
    name_server_says({{forbidden_address}});
    expect_refused(post(), "proxy refused");
    EXPECT_EQ(questions_, 0U);
    EXPECT_EQ(proxy.accepts(), 1);
    EXPECT_EQ(allowed_->accepts(), 0);
}

}  // namespace
}  // namespace mcp_auth::host::testing
