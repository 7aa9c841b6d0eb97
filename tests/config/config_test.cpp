// What a valid configuration comes out as.
#include "valid_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

class ValidConfig : public ::testing::Test {
protected:
    static Config with(std::string_view pointer, std::string_view json) {
        auto config = parse_with(pointer, json);
        if (!config) ADD_FAILURE() << config.error().message;
        return config ? std::move(*config) : Config();
    }
    static Config plain() {
        auto config = parse(valid_config());
        if (!config) ADD_FAILURE() << config.error().message;
        return config ? std::move(*config) : Config();
    }
};

TEST_F(ValidConfig, IsTakenAsItIs) {
    const Config config = plain();
    EXPECT_THAT(config.providers, UnorderedElementsAre(Key("acme"), Key("public")));
    ASSERT_EQ(config.connections.size(), 3u);
    EXPECT_EQ(config.path, config_path);
    EXPECT_EQ(config.plugins.trust.policy, PluginPolicy::owner);
    EXPECT_THAT(config.policy.private_networks, ElementsAre("10.0.0.0/8", "fd00::/8"));

    const ConnectionConfig& chat = config.connections[0];
    EXPECT_EQ(chat.name, "chat");
    EXPECT_EQ(chat.server, "https://mcp.chat.example/mcp");
    EXPECT_FALSE(chat.is_prefix());
    EXPECT_EQ(chat.provider.name, "acme");
    EXPECT_EQ(chat.provider.plugin, "cross-app-access");
    EXPECT_THAT(chat.scopes, ElementsAre("chat.read"));
    EXPECT_EQ(chat.dpop.mode, DpopMode::automatic);
    EXPECT_TRUE(chat.send_resource);
    EXPECT_FALSE(chat.resource_path_prefix);
    EXPECT_TRUE(config.connections[1].is_prefix());
}

TEST_F(ValidConfig, HasTheClientsOfProviderAndConnection) {
    const ConnectionConfig chat = plain().connections[0];
    ASSERT_THAT(chat.provider.clients, UnorderedElementsAre(Key("idp"), Key("mcp")));
    const ClientConfig& idp = chat.provider.clients.at("idp");
    EXPECT_EQ(idp.name, "idp");
    EXPECT_EQ(idp.issuer, "https://idp.example");
    EXPECT_EQ(idp.method, ClientMethod::client_secret_post);
    EXPECT_EQ(idp.secret.from, SecretReference::From::file);
    EXPECT_EQ(idp.secret.name, "/etc/mcp-auth/idp.secret");  // relative to the configuration
    const ClientConfig& mcp = chat.provider.clients.at("mcp");
    EXPECT_EQ(mcp.id, "chat-client");
    EXPECT_EQ(mcp.method, ClientMethod::client_secret_basic);
    EXPECT_EQ(mcp.secret.from, SecretReference::From::env);
    EXPECT_EQ(mcp.secret.name, "CHAT_SECRET");
    EXPECT_TRUE(mcp.has_credential());
}

TEST_F(ValidConfig, LeavesTheProvidersOwnEntryWithoutAConnectionsOverlay) {
    const Config config = with("/connections/0/settings", R"({"lifetime": 5})");
    EXPECT_THAT(config.providers.at("acme").clients, UnorderedElementsAre(Key("idp")));
    EXPECT_EQ(config.providers.at("acme").settings.find("lifetime")->as_integer(), 60);
}

TEST_F(ValidConfig, ReplacesAClientAsAWhole) {
    const Config config =
        with("/connections/0/clients/idp", R"({"issuer": "https://other.example", "id": "other"})");
    const ClientConfig& idp = config.connections[0].provider.clients.at("idp");
    EXPECT_EQ(idp.id, "other");
    EXPECT_EQ(idp.secret.from, SecretReference::From::none);
    EXPECT_FALSE(idp.has_credential());
}

TEST_F(ValidConfig, MergesSettingsOneLevelDeep) {
    const Config config = with("/connections/0/settings", R"({"nested": {"b": 2}, "more": true})");
    EXPECT_EQ(config.connections[0].provider.settings,
              parsed(R"({"lifetime": 60, "nested": {"b": 2}, "more": true})"));
}

TEST_F(ValidConfig, MergesTheSubjectOneLevelDeep) {
    const Config config = with("/connections/0/subject", R"({"from": {"env": "TOKEN"}})");
    const SubjectConfig subject = *config.connections[0].provider.subject;
    EXPECT_EQ(subject.type, "id_token");
    EXPECT_EQ(subject.token_type(), "urn:ietf:params:oauth:token-type:id_token");
    EXPECT_EQ(subject.from.from, SecretReference::From::env);
    EXPECT_EQ(subject.from.name, "TOKEN");
}

TEST_F(ValidConfig, TakesAUrnAsTheSubjectsType) {
    const Config config = with("/providers/acme/subject/type", R"("urn:acme:assertion")");
    EXPECT_EQ(config.connections[0].provider.subject->token_type(), "urn:acme:assertion");
}

TEST_F(ValidConfig, TakesTheSubjectFromTheApplication) {
    EXPECT_EQ(plain().providers.at("public").subject->from.from,
              SecretReference::From::application);
}

TEST_F(ValidConfig, KeepsTheBytesOfAnIssuer) {
    const Config config =
        with("/connections/1/issuer", R"(["https://AUTH.example:443/", "https://auth.example/a"])");
    EXPECT_THAT(config.connections[1].issuer.allowed,
                ElementsAre("https://AUTH.example:443/", "https://auth.example/a"));
}

TEST_F(ValidConfig, RunsACommandRelativeToTheConfiguration) {
    const Config config =
        with("/connections/0/clients/mcp/secret", R"({"command": ["./get", "./arg"], "x-why": 1})");
    const SecretReference& secret = config.connections[0].provider.clients.at("mcp").secret;
    EXPECT_EQ(secret.from, SecretReference::From::command);
    EXPECT_THAT(secret.command, ElementsAre("/etc/mcp-auth/get", "./arg"));
}

TEST_F(ValidConfig, TakesALiteralFromAFileThatNobodyElseCanRead) {
    const Config config = with("/connections/0/clients/mcp/secret", R"("s3cr3t")");
    const SecretReference& secret = config.connections[0].provider.clients.at("mcp").secret;
    EXPECT_EQ(secret.from, SecretReference::From::literal);
    EXPECT_EQ(secret.literal.reveal(), "s3cr3t");
}

TEST_F(ValidConfig, NamesAConnectionAfterItsServerWhenItHasNoName) {
    auto config = parse(edited(valid_config(), "/connections/0/name", std::nullopt));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->connections[0].name, "https://mcp.chat.example/mcp");
}

TEST_F(ValidConfig, ReadsTheRestOfAConnection) {
    EXPECT_EQ(with("/connections/0/dpop", "\"off\"").connections[0].dpop.mode, DpopMode::off);
    const auto dpop = with("/connections/0/dpop",
                           R"({"mode": "required", "key": {"file": "k.pem"}, "alg": "ES384"})")
                          .connections[0]
                          .dpop;
    EXPECT_EQ(dpop.mode, DpopMode::required);
    EXPECT_EQ(dpop.key.name, "/etc/mcp-auth/k.pem");
    EXPECT_EQ(dpop.algorithm, "ES384");
    EXPECT_EQ(with("/connections/0/dpop", R"({"alg": "ES384"})").connections[0].dpop.mode,
              DpopMode::automatic);
    EXPECT_FALSE(with("/connections/0/send_resource", "false").connections[0].send_resource);
    EXPECT_TRUE(with("/connections/0/resource_match", "\"path-prefix\"")
                    .connections[0]
                    .resource_path_prefix);
    EXPECT_THAT(
        with("/connections/0/origins", R"(["https://api.example:8443", "https://b.example/"])")
            .connections[0]
            .origins,
        ElementsAre("https://api.example:8443", "https://b.example/"));
    const TimeLimits limits =
        with("/connections/0/time_limits", R"({"connect": 0.5, "acquisition": 90})")
            .connections[0]
            .limits;
    EXPECT_EQ(limits.connect, std::chrono::milliseconds(500));
    EXPECT_EQ(limits.request, std::chrono::seconds(30));
    EXPECT_EQ(limits.acquisition, std::chrono::seconds(90));
}

TEST_F(ValidConfig, ReadsThePolicyAndTheDirectories) {
    const Config config = with("/policy/ca_file", "\"ca.pem\"");
    EXPECT_EQ(config.policy.ca_file, "/etc/mcp-auth/ca.pem");
    EXPECT_EQ(with("/policy/ca_directory", "\"ca.d\"").policy.ca_directory, "/etc/mcp-auth/ca.d");
    EXPECT_EQ(with("/policy/crl_file", "\"/var/crl.pem\"").policy.crl_file, "/var/crl.pem");
    EXPECT_EQ(with("/policy/crl_file", "null").policy.crl_file, "");
    EXPECT_EQ(with("/policy/proxy", "\"http://proxy.example:3128\"").policy.proxy,
              "http://proxy.example:3128");
    EXPECT_THAT(with("/plugins/directories", R"(["p", "/q"])").plugins.directories,
                ElementsAre("/etc/mcp-auth/p", "/q"));
}

TEST_F(ValidConfig, MayUsePlainHttpWhereThePolicyAllowsLoopback) {
    const auto document = edited(valid_config(), "/policy/allow_http_loopback", true);
    EXPECT_TRUE(parse(edited(document, "/connections/0/server", "http://127.0.0.1:8080/mcp")));
    EXPECT_TRUE(parse(edited(document, "/connections/0/issuer", "http://localhost:8081")));
    const auto elsewhere = parse(edited(document, "/connections/0/issuer", "http://auth.example"));
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.status(), Status::misconfigured);
    EXPECT_THAT(elsewhere.error().message, HasSubstr("/connections/0/issuer: plain http"));
}

// C4

TEST_F(ValidConfig, AllowsTheIssuersThatAreListedByteForByte) {
    const IssuerRule rule = plain().connections[1].issuer;
    EXPECT_FALSE(rule.discovered);
    EXPECT_TRUE(rule.allows("https://auth2.files.example"));
    EXPECT_FALSE(rule.allows("https://auth2.files.example/"));
    EXPECT_FALSE(rule.allows("https://AUTH2.files.example"));
}

TEST_F(ValidConfig, AllowsAnyIssuerWhereItIsDiscovered) {
    const IssuerRule rule = plain().connections[2].issuer;
    EXPECT_TRUE(rule.discovered);
    EXPECT_TRUE(rule.allows("https://anything.example"));
}

TEST_F(ValidConfig, LetsASecretGoToADiscoveredIssuerWhereThePolicySaysSo) {
    const auto document = edited(valid_config(), "/connections/0/issuer", "discovered");
    EXPECT_FALSE(parse(document));
    EXPECT_TRUE(parse(edited(document, "/policy/credentials_to_discovered_issuer", true)));
}

TEST_F(ValidConfig, LetsAClientWithASecretNameItsOwnOfSeveralIssuers) {
    const auto document = edited(valid_config(), "/connections/0/issuer",
                                 parsed(R"(["https://auth.chat.example", "https://b.example"])"));
    EXPECT_FALSE(parse(document));
    const auto config =
        parse(edited(document, "/connections/0/clients/mcp/issuer", "https://b.example"));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->connections[0].provider.clients.at("mcp").issuer, "https://b.example");
}

TEST_F(ValidConfig, LetsAClientWithASecretGoToTheOnlyIssuerOfAList) {
    EXPECT_TRUE(parse(edited(valid_config(), "/connections/0/issuer",
                             parsed(R"(["https://auth.chat.example"])"))));
}

TEST_F(ValidConfig, LetsAClientThatNamesItsIssuerStandBesideADiscoveredOne) {
    const auto document = edited(valid_config(), "/connections/0/issuer", "discovered");
    EXPECT_TRUE(parse(edited(document, "/connections/0/clients/mcp/issuer", "https://a.example")));
}

TEST_F(ValidConfig, TakesAClientWithoutAMethodForAPublicOne) {
    const ClientConfig client = plain().connections[1].provider.clients.at("mcp");
    EXPECT_EQ(client.method, ClientMethod::none);
    EXPECT_FALSE(client.has_credential());
}

TEST_F(ValidConfig, HasASubjectThatIsASignInAndSaysWhereThatIsKept) {
    const auto config = parse(edited(
        edited(valid_config(), "/providers/acme/subject",
               parsed(R"({"type": "id_token", "from": {"session": "work"}, "scopes": ["email"]})")),
        "/sessions", "keyring"));
    ASSERT_TRUE(config) << config.error().message;
    const auto& subject = config->connections[0].provider.subject;
    EXPECT_EQ(subject->from.from, SecretReference::From::session);
    EXPECT_EQ(subject->from.name, "work");
    EXPECT_EQ(subject->scopes, std::vector<std::string>({"email"}));
    EXPECT_EQ(config->sessions, SessionPlace::keyring);
    EXPECT_EQ(plain().sessions, SessionPlace::application);
}

TEST_F(ValidConfig, LetsAConnectionTakeItsSubjectFromElsewhereThanASession) {
    const auto document =
        edited(valid_config(), "/providers/acme/subject",
               parsed(R"({"type": "id_token", "from": {"session": "work"}, "scopes": ["email"]})"));
    const auto config = parse(
        edited(document, "/connections/0/subject", parsed(R"({"from": {"env": "ID_TOKEN"}})")));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_TRUE(config->connections[0].provider.subject->scopes.empty());
}

TEST(ClientMethodName, IsTheOneOfTheRegistry) {
    EXPECT_EQ(to_string(ClientMethod::none), "none");
    EXPECT_EQ(to_string(ClientMethod::client_secret_basic), "client_secret_basic");
    EXPECT_EQ(to_string(ClientMethod::client_secret_post), "client_secret_post");
    EXPECT_EQ(to_string(ClientMethod::private_key_jwt), "private_key_jwt");
    EXPECT_EQ(to_string(ClientMethod::tls_client_auth), "tls_client_auth");
}

}  // namespace
}  // namespace mcp_auth::host::testing
