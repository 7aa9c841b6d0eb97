// What a service refuses a plugin, and what the application is then told: each a host with one
// thing that is not there.
#include "core_fixture.hpp"
#include "services.hpp"

#include <mcp_auth/subject.hpp>

#include <gmock/gmock.h>

#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ServiceRefusals : public CoreTest {
protected:
    // What `service` fails with inside an acquisition, as the application gets it.
    template <class Service>
    Error refusal(Service service, const Wait& wait = {}) {
        grant.acquire = [service](plugin::Call& call, const plugin::TokenRequest&) {
            const auto answer = service(call);
            EXPECT_FALSE(answer);
            return Result<plugin::Token>(answer ? Error() : answer.error());
        };
        const auto token = connect().token(wait);
        EXPECT_FALSE(token);
        return token ? Error() : token.error();
    }
    // The connection's provider, and one beside it; the text of each entry of "providers".
    void configure(const std::string& acme, const std::string& peer, const std::string& more = {}) {
        configuration = R"({ "version": 1, "providers": {
            "acme": { "plugin": "scripted")" +
                        acme + R"( }, "peer": { "plugin": "scripted")" + peer + R"( } },
            "connections": [ { "name": "chat", "server": "https://mcp.example/mcp",
              "provider": "acme", "issuer": "https://auth.example")" +
                        more + " } ] }";
    }
    static Result<plugin::Subject> ask_for_id_token(plugin::Call& call) {
        return call.subject({MCP_AUTH_TYPE_ID_TOKEN});
    }
    // The peer asks for the user's ID token, and has it for an assertion.
    void peer_needs_the_user() {
        grant.assertion = [](plugin::Call& call,
                             const plugin::AssertionRequest&) -> Result<plugin::Assertion> {
            const auto subject = ask_for_id_token(call);
            if (!subject) return subject.error();
            return plugin::Assertion{subject->assertion, MCP_AUTH_TYPE_ID_JAG, {}, {}, 0};
        };
    }
};

TEST_F(ServiceRefusals, AProviderWithoutASubjectIsNamed) {
    const auto error = refusal(ask_for_id_token);
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_EQ(error.leg, "subject");
    EXPECT_THAT(error.message, HasSubstr("provider \"acme\" needs a user's assertion"));
}

TEST_F(ServiceRefusals, APeerWhoseSubjectTheApplicationNamesIsTheCallersFault) {
    configure("", R"(, "subject": { "type": "id_token", "from": "application" })");
    peer_needs_the_user();
    const auto error = refusal([](plugin::Call& call) { return call.peer_assertion("peer", {}); });
    EXPECT_EQ(error.status, Status::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("name the user in the call"));
}

TEST_F(ServiceRefusals, ASubjectOfAnotherTypeThanTheProviderTakesIsUnsupported) {
    configure(R"(, "subject": { "type": "saml2", "from": { "env": "PATH" } })", "");
    const auto error = refusal(ask_for_id_token);
    EXPECT_EQ(error.status, Status::unsupported);
    EXPECT_THAT(error.message, HasSubstr(MCP_AUTH_TYPE_ID_TOKEN));
}

// A source says `unsupported` of a type that it has not, and is asked for the next.
TEST_F(ServiceRefusals, ASourceIsAskedForEachTypeInTurn) {
    std::vector<std::string> asked;
    const auto source = [&asked](std::string_view type, const Bounds&) {
        asked.emplace_back(type);
        if (type != MCP_AUTH_TYPE_SAML2)
            return Result<SubjectAssertion>(Error(Status::unsupported, "", ""));
        SubjectAssertion assertion;
        assertion.value = "an assertion";
        return Result<SubjectAssertion>(std::move(assertion));
    };
    std::string given;
    grant.acquire = [&given](plugin::Call& call,
                             const plugin::TokenRequest&) -> Result<plugin::Token> {
        const auto subject = call.subject({MCP_AUTH_TYPE_ID_TOKEN, MCP_AUTH_TYPE_SAML2});
        if (!subject) return subject.error();
        given = subject->token_type;
        return plugin::Token{call.keep("t"), "Bearer", {}, 0};
    };
    const auto chat = connect();
    Wait wait;
    wait.user = host_->user("alice", source);
    const auto token = chat.token(wait);
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(given, MCP_AUTH_TYPE_SAML2);
    EXPECT_THAT(asked, ::testing::ElementsAre(MCP_AUTH_TYPE_ID_TOKEN, MCP_AUTH_TYPE_SAML2));
}

TEST_F(ServiceRefusals, ASourceThatHasNoneOfTheTypesIsUnsupported) {
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) {
        return Result<plugin::Token>(ask_for_id_token(call).error());
    };
    const auto chat = connect();
    Wait wait;
    wait.user = host_->user("alice", [](std::string_view, const Bounds&) {
        return Result<SubjectAssertion>(Error(Status::unsupported, "", ""));
    });
    const auto token = chat.token(wait);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::unsupported);
    EXPECT_EQ(token.error().leg, "subject");
}

// What is a refresh token goes nowhere as an ID token; nor is any of it shown.
TEST_F(ServiceRefusals, ASourceThatGivesAnotherTypeThanItWasAskedForIsMisconfigured) {
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) {
        return Result<plugin::Token>(
            plugin::ask_subject(call, {MCP_AUTH_TYPE_ID_TOKEN}, "compare the setting").error());
    };
    const auto chat = connect();
    Wait wait;
    wait.user = host_->user("alice", [](std::string_view, const Bounds&) {
        SubjectAssertion assertion;
        assertion.value = "canary-refresh";
        assertion.token_type = MCP_AUTH_TYPE_REFRESH_TOKEN;
        return Result<SubjectAssertion>(std::move(assertion));
    });
    const auto token = chat.token(wait);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_EQ(token.error().leg, "subject");
    EXPECT_THAT(token.error().message, HasSubstr(MCP_AUTH_TYPE_REFRESH_TOKEN));
    EXPECT_THAT(token.error().message, HasSubstr("which was not asked for: compare the setting"));
    EXPECT_THAT(token.error().message, ::testing::Not(HasSubstr("canary")));
}

TEST_F(ServiceRefusals, APeerThatIsNotConfiguredIsNamed) {
    const auto error =
        refusal([](plugin::Call& call) { return call.peer_assertion("nobody", {}); });
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("\"nobody\" is no key of \"providers\""));
}

// C3: what authenticates it there is not shown here.
TEST_F(ServiceRefusals, TheServersClientIsNotOneOfAnotherIssuer) {
    configure(R"(, "clients": { "mcp": { "id": "us", "issuer": "https://other.example",
                   "method": "client_secret_post", "secret": { "env": "PATH" } } })",
              "");
    const std::string one = R"("issuer": "https://auth.example")";
    configuration.replace(configuration.find(one), one.size(),
                          R"("issuer": ["https://auth.example", "https://other.example"])");
    const auto error = refusal([](plugin::Call& call) {
        return call.token_request("mcp", {{"grant_type", "client_credentials"}});
    });
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("https://other.example"));
    EXPECT_EQ(acquisitions(), 0U);
    EXPECT_THAT(http->unexpected(), IsEmpty());
}

TEST_F(ServiceRefusals, AClientWhoseTokenEndpointIsConfiguredNeedsNoMetadata) {
    configure(R"(, "clients": { "idp": { "id": "us", "issuer": "https://idp.example",
                   "method": "none", "token_endpoint": "https://idp.example/elsewhere" } })",
              "");
    http->on("POST", "https://idp.example/elsewhere").json(400, R"({"error": "access_denied"})");
    const auto error = refusal([](plugin::Call& call) {
        return call.token_request("idp", {{"grant_type", "client_credentials"}});
    });
    EXPECT_EQ(error.status, Status::denied);
    EXPECT_EQ(http->sent().back(), "POST https://idp.example/elsewhere");
    EXPECT_THAT(http->unexpected(), IsEmpty());
}

TEST_F(ServiceRefusals, NothingIsSentOnceTheAcquisitionsTimeIsUp) {
    const auto error = refusal([this](plugin::Call& call) {
        clock->advance(std::chrono::hours(1));
        return call.token_request("mcp", {{"grant_type", "client_credentials"}});
    });
    EXPECT_EQ(error.status, Status::deadline);
    EXPECT_EQ(acquisitions(), 0U);
}

class NoBrowser final : public Browser {
public:
    Result<void> open(const std::string&, const Bounds&) override {
        ADD_FAILURE() << "nobody is to be sent anywhere";
        return {};
    }
};

TEST_F(ServiceRefusals, AServerWithoutAnAuthorizationEndpointOpensNoBrowser) {
    browser = std::make_shared<NoBrowser>();
    required = R"(["mcp.auth.oauth/1", "mcp.auth.browser/1"])";
    Wait wait;
    wait.interaction = true;
    const auto error = refusal([](plugin::Call& call) { return call.browser_begin("mcp"); }, wait);
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_EQ(error.leg, "authorization");
    EXPECT_THAT(error.message, HasSubstr("https://auth.example has no authorization_endpoint"));
}

TEST_F(ServiceRefusals, AFlowThatWasNotBegunOpensNoBrowser) {
    browser = std::make_shared<NoBrowser>();
    required = R"(["mcp.auth.oauth/1", "mcp.auth.browser/1"])";
    Wait wait;
    wait.interaction = true;
    const auto error = refusal(
        [](plugin::Call& call) { return call.browser_finish("https://auth.example/authorize"); },
        wait);
    EXPECT_EQ(error.status, Status::internal);
    EXPECT_THAT(error.message, HasSubstr("had not begun"));
}

TEST_F(ServiceRefusals, ARequestToAListedOriginGoesOutAsItIsAndComesBackWhole) {
    configure(R"(, "clients": { "mcp": { "id": "us", "method": "none" } })", "",
              R"(, "origins": ["https://broker.example"])");
    http->on("PUT", "https://broker.example/v1/x?y=1")
        .respond(418, "short and stout", {{"X-Pot", "tea"}, {"X-Pot", "more"}});
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        plugin::HttpRequest request;
        request.method = "PUT";
        request.url = "https://broker.example/v1/x?y=1";
        request.headers = {{"Content-Type", "text/plain"}, {"X-Ask", "1"}};
        request.body = "a body";
        const auto answer = call.http(request);
        if (!answer) return answer.error();
        EXPECT_EQ(answer->status, 418U);
        EXPECT_EQ(answer->body, "short and stout");
        EXPECT_EQ(answer->headers, (plugin::Fields{{"X-Pot", "tea"}, {"X-Pot", "more"}}));
        return plugin::Token{call.keep("t"), "Bearer", {}, 0};
    };
    const auto token = connect().token();
    ASSERT_TRUE(token) << token.error().message;
    const auto sent = http->requests("PUT", "https://broker.example/v1/x?y=1");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].body, "a body");
    EXPECT_EQ(sent[0].headers, (Headers{{"Content-Type", "text/plain"}, {"X-Ask", "1"}}));
    EXPECT_EQ(sent[0].max_redirects, 0);  // L2: what it carries goes where it was sent
}

TEST_F(ServiceRefusals, HeadersThatCannotBeReadAreNotRead) {
    configure("", "", R"(, "origins": ["https://broker.example"])");
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) {
        mcp_auth_http_request request{};
        request.struct_size = sizeof request;
        request.method = MCP_AUTH_LIT("GET");
        request.url = MCP_AUTH_LIT("https://broker.example/");
        request.headers = {nullptr, 3};
        mcp_auth_http_response response{};
        response.struct_size = sizeof response;
        EXPECT_EQ(http_service()->send(call.raw(), &request, &response, nullptr),
                  MCP_AUTH_INTERNAL);
        return Result<plugin::Token>(plugin::Token{call.keep("t"), "Bearer", {}, 0});
    };
    EXPECT_TRUE(connect().token());
    EXPECT_THAT(http->unexpected(), IsEmpty());
}

// A plugin with one role is not asked for what belongs to the other.
class TokensAlone final : public plugin::Provider {
public:
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host&,
                                                            const plugin::Instance&) {
        return std::unique_ptr<plugin::Provider>(std::make_unique<TokensAlone>());
    }
};
MCP_AUTH_BUILTIN_PLUGIN(tokens_alone_entry, TokensAlone, "tokens-alone", "1.0.0",
                        MCP_AUTH_ROLE_TOKEN)
MCP_AUTH_BUILTIN_PLUGIN(assertions_alone_entry, TokensAlone, "assertions-alone", "1.0.0",
                        MCP_AUTH_ROLE_ASSERTION)

Options with_one_role(Options options, mcp_auth_plugin_entry* entry, const std::string& id,
                      const std::string& role) {
    options.builtin.push_back({entry, R"({ "manifest_version": 1, "id": ")" + id +
                                          R"(", "version": "1.0.0", "vendor": "tests",
        "description": "one role", "abi": { "major": 1, "min_minor": 0 }, "roles": [")" +
                                          role + "\"] }"});
    return options;
}

TEST_F(ServiceRefusals, APluginOfTokensAloneIsNoPeerAndGivesTheApplicationNoAssertion) {
    configure("", "");
    configuration.replace(configuration.rfind("scripted"), 8, "tokens-alone");
    auto host = Host::open(
        with_one_role(options(), tokens_alone_entry, "tokens-alone", MCP_AUTH_ROLE_TOKEN));
    ASSERT_TRUE(host) << host.error().message;
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) {
        return Result<plugin::Token>(call.peer_assertion("peer", {}).error());
    };
    const auto chat = host->connection(server);
    ASSERT_TRUE(chat) << chat.error().message;
    const auto token = chat->token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::misconfigured);
    EXPECT_THAT(token.error().message, HasSubstr("provider \"peer\" gives no assertions"));
}

TEST_F(ServiceRefusals, APluginWithoutTheRoleThatIsNeededIsNamed) {
    for (const bool tokens : {true, false}) {
        const std::string id = tokens ? "assertions-alone" : "tokens-alone";
        configure("", "");
        configuration.replace(configuration.find("scripted"), 8, id);
        auto host = Host::open(
            with_one_role(options(), tokens ? assertions_alone_entry : tokens_alone_entry, id,
                          tokens ? MCP_AUTH_ROLE_ASSERTION : MCP_AUTH_ROLE_TOKEN));
        ASSERT_TRUE(host) << host.error().message;
        const auto chat = host->connection(server);
        ASSERT_TRUE(chat) << chat.error().message;
        const auto error = tokens ? chat->token().error()
                                  : chat->assertion({"https://auth.example", "", ""}).error();
        EXPECT_EQ(error.status, Status::unsupported) << id;
        EXPECT_EQ(error.message, "the plugin \"" + id + "\" of provider \"acme\" gives no " +
                                     (tokens ? "access tokens" : "assertions"));
    }
}

}  // namespace
}  // namespace mcp_auth::host::testing
