// DPoP towards a real MCP server that verifies every proof (protocol.md J2, J3): a session of the
// command, and the request loop of an application while nonces come and go.
#include "command.hpp"

#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/host.hpp>
#include <mcp_auth/jws.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <set>

namespace mcp_auth::integration {
namespace {

using demo::DpopNonces;
using demo::Enterprise;
using demo::Server;

std::unique_ptr<Enterprise> start(DpopNonces nonces) {
    demo::Options options;
    options.dpop = true;
    options.dpop_nonces = nonces;
    options.record = true;
    auto started = Enterprise::start(options);
    EXPECT_TRUE(started);
    EXPECT_TRUE((*started)->sign_in());
    return *std::move(started);
}

struct Wire {
    const char* name;
    DpopNonces nonces;
    const char* protocol;
};
void PrintTo(const Wire& wire, std::ostream* out) {
    *out << wire.name;
}

class DpopSession : public ::testing::TestWithParam<Wire> {};

TEST_P(DpopSession, ShowsAProofOfItsOwnWithEachRequest) {
    const auto enterprise = start(GetParam().nonces);
    const auto config = enterprise->write_configuration();
    ASSERT_TRUE(config);
    const auto outcome =
        run_command({MCP_AUTH_COMMAND, "connect", enterprise->mcp_url(), "--config", *config,
                     "--protocol", GetParam().protocol, "--call", "whoami", "--timeout", "20"},
                    {{"MCP_AUTH_PLUGIN_PATH", MCP_AUTH_PLUGINS}});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("alice"), std::string::npos) << outcome.out;

    std::set<std::string> ids;
    std::size_t shown = 0;
    for (const auto& request : enterprise->requests(Server::mcp, "/mcp")) {
        const auto authorization = request.header("Authorization");
        if (authorization.empty()) continue;
        EXPECT_EQ(authorization.rfind("DPoP ", 0), 0U);
        const auto proof = Jws::decode(request.header("DPoP"));
        ASSERT_TRUE(proof);
        EXPECT_EQ(proof->payload.string("htm"), request.method);
        ids.emplace(proof->payload.string("jti"));
        ++shown;
    }
    EXPECT_GE(shown, 2U);
    EXPECT_EQ(ids.size(), shown);
}

INSTANTIATE_TEST_SUITE_P(
    Each, DpopSession,
    ::testing::Values(Wire{"HandshakeWithoutNonces", DpopNonces::none, "2025-11-25"},
                      Wire{"HandshakeWithNonces", DpopNonces::reusable, "2025-11-25"},
                      Wire{"HandshakeWithNoncesOfOneUse", DpopNonces::single_use, "2025-11-25"},
                      Wire{"StatelessWithoutNonces", DpopNonces::none, "2026-07-28"},
                      Wire{"StatelessWithNoncesOfOneUse", DpopNonces::single_use, "2026-07-28"}),
    [](const auto& instance) { return std::string(instance.param.name); });

class DpopLoop : public ::testing::Test {
protected:
    void open(DpopNonces nonces) {
        enterprise = start(nonces);
        Options options;
        options.config_file = *enterprise->write_configuration();
        options.default_plugin_directory = MCP_AUTH_PLUGINS;
        auto opened = Host::open(options);
        ASSERT_TRUE(opened) << opened.error().message;
        host.emplace(std::move(*opened));
        chat.emplace(*host->connection(enterprise->mcp_url()));
    }
    struct Asked {
        int status = 0, tries = 0;
        std::optional<Error> error;
    };
    // One MCP request, in the loop of mcp_auth/host.hpp.
    Asked ask() {
        HttpRequest request;
        request.method = "POST";
        request.url = enterprise->mcp_url();
        request.body = R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                       R"("protocolVersion":"2025-11-25","capabilities":{},)"
                       R"("clientInfo":{"name":"t","version":"1"}}})";
        auto call = chat->request();
        Asked asked;
        HttpResponse response;
        do {
            auto headers = call.authorize("POST", request.url);
            if (!headers) {
                asked.error = headers.error();
                return asked;
            }
            request.headers = {{"Content-Type", "application/json"},
                               {"Accept", "application/json, text/event-stream"}};
            request.headers.insert(request.headers.end(), headers->begin(), headers->end());
            auto sent = host->transport()->send(request, {});
            EXPECT_TRUE(sent);
            response = *std::move(sent);
            ++asked.tries;
        } while (call.again(response.status, response.headers));
        asked.status = response.status;
        asked.error = call.error();
        return asked;
    }
    std::size_t token_requests() const {
        return enterprise->requests(Server::authorization_server, "/token").size();
    }

    std::unique_ptr<Enterprise> enterprise;
    std::optional<Host> host;
    std::optional<Connection> chat;
};

TEST_F(DpopLoop, ANonceThatExpiredIsReplacedWithOneMoreTryAndTheSameToken) {
    open(DpopNonces::reusable);
    EXPECT_EQ(ask().status, 200);
    EXPECT_EQ(ask().tries, 1);
    const auto before = token_requests();
    enterprise->expire_dpop_nonces();
    const auto asked = ask();
    EXPECT_EQ(asked.status, 200);
    EXPECT_EQ(asked.tries, 2);
    EXPECT_EQ(token_requests(), before);
}

TEST_F(DpopLoop, ANonceOfOneUseIsNeverShownTwice) {
    open(DpopNonces::single_use);
    ask();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask().tries, 1);  // each answer brings the next one
}

TEST_F(DpopLoop, ANonceThatExpiredAtTheAuthorizationServerIsReplacedOnce) {
    open(DpopNonces::reusable);
    EXPECT_EQ(ask().status, 200);
    const auto before = token_requests();
    enterprise->revoke_access_tokens();
    enterprise->expire_dpop_nonces();
    const auto asked = ask();
    EXPECT_EQ(asked.status, 200) << (asked.error ? asked.error->message : "");
    EXPECT_EQ(token_requests(), before + 2);
}

TEST_F(DpopLoop, AServerThatWantsNoncesForEverEndsTheRequestAfterOneMoreTry) {
    open(DpopNonces::none);
    EXPECT_EQ(ask().status, 200);
    enterprise->script(
        [](const demo::RecordedRequest& request) -> std::optional<demo::ScriptedAnswer> {
            if (request.server != Server::mcp) return std::nullopt;
            return demo::ScriptedAnswer{
                .status = 401,
                .headers = {{"WWW-Authenticate", "DPoP error=\"use_dpop_nonce\""},
                            {"DPoP-Nonce", "another"}}};
        });
    const auto asked = ask();
    EXPECT_EQ(asked.tries, 2);
    ASSERT_TRUE(asked.error);
    EXPECT_EQ(asked.error->status, Status::protocol);
}

}  // namespace
}  // namespace mcp_auth::integration
