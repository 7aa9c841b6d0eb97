// The valid configuration with exactly one fault each: what is refused, where, and in which words.
#include "valid_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Fault {
    const char* name;
    const char* place;  // where the valid document is changed
    const char* value;  // JSON; null: the place is left out
    const char* at;     // the pointer of the complaint; empty: the document as a whole
    const char* says;
};
void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

class ConfigFault : public ::testing::TestWithParam<Fault> {};

TEST_P(ConfigFault, IsMisconfiguredAndNamedByFileAndPointer) {
    const Fault& fault = GetParam();
    std::optional<json::Value> value;
    if (fault.value != nullptr) value = parsed(fault.value);
    const auto config = parse(edited(valid_config(), fault.place, value));
    ASSERT_FALSE(config);
    const Error& error = config.error();
    EXPECT_EQ(error.status, Status::misconfigured);
    EXPECT_EQ(error.leg, "configuration");
    std::string beginning(config_path);
    if (fault.at[0] != '\0') beginning.append(" at ").append(fault.at);
    EXPECT_THAT(error.message, StartsWith(beginning + ": "));
    EXPECT_THAT(error.message, HasSubstr(fault.says));
    EXPECT_THAT(error.message, Not(HasSubstr("canary")));  // L4: no value of the document
}

constexpr Fault sessions[] = {
    {"SamlOfASession", "/providers/acme/subject",
     R"({"type": "saml2", "from": {"session": "work"}})", "/providers/acme/subject/type",
     "an id_token and a refresh_token, and nothing else"},
    {"ScopesWithoutASession", "/providers/acme/subject/scopes", R"(["email"])",
     "/providers/acme/subject/scopes", "only a {\"session\": NAME} has this"},
    {"DpopWithoutASession", "/providers/acme/subject/dpop", R"({"key": {"file": "k"}})",
     "/providers/acme/subject/dpop", "only a {\"session\": NAME} has this"},
    {"DpopWithoutAKey", "/providers/acme/subject",
     R"({"type": "id_token", "from": {"session": "work"}, "dpop": {}})",
     "/providers/acme/subject/dpop", "\"key\" is missing"},
    {"TwoScopesInOne", "/providers/acme/subject",
     R"({"type": "id_token", "from": {"session": "work"}, "scopes": ["email profile"]})",
     "/providers/acme/subject/scopes/0", "expected one scope"},
    {"ControlCharacters", "/providers/acme/subject",
     R"({"type": "id_token", "from": {"session": "wo\u0007rk"}})",
     "/providers/acme/subject/from/session", "without control characters"},
    {"KeptElsewhere", "/sessions", R"("cloud")", "/sessions", "where sign-ins are kept"},
};
INSTANTIATE_TEST_SUITE_P(Sessions, ConfigFault, ::testing::ValuesIn(sessions),
                         [](const auto& test) { return test.param.name; });

constexpr Fault shape[] = {
    {"NotAnObject", "", "[]", "", "expected an object with \"version\""},
    {"NoVersion", "/version", nullptr, "", "\"version\" is missing"},
    {"LaterVersion", "/version", "2", "/version", "this version reads 1"},
    {"VersionText", "/version", "\"1\"", "/version", "expected the version of this format: 1"},
    {"NoProviders", "/providers", nullptr, "", "\"providers\" is missing"},
    {"NoConnections", "/connections", nullptr, "", "\"connections\" is missing"},
    {"UnknownKey", "/conections", "[]", "/conections",
     "unknown key; did you mean \"connections\"?"},
    {"UnknownConnectionKey", "/connections/0/isuer", "\"canary\"", "/connections/0/isuer",
     "unknown key; did you mean \"issuer\"?"},
    {"UnknownProviderKey", "/providers/acme/extra", "\"canary\"", "/providers/acme/extra",
     "unknown key"},
    {"UnknownClientKey", "/providers/acme/clients/idp/client_id", "\"canary\"",
     "/providers/acme/clients/idp/client_id", "unknown key"},
    {"UnknownPolicyKey", "/policy/allow_http", "true", "/policy/allow_http", "unknown key"},
    {"UnknownPluginsKey", "/plugins/trusted", "\"canary\"", "/plugins/trusted", "unknown key"},
    {"UnknownReferenceKey", "/connections/0/clients/mcp/secret/envv", "\"canary\"",
     "/connections/0/clients/mcp/secret/envv", "did you mean \"env\"?"},
    {"KeyThatNeedsEscaping", "/connections/0/a~1b", "1", "/connections/0/a~01b", "unknown key"},
    {"NoServer", "/connections/0/server", nullptr, "/connections/0",
     "\"server\" is missing: the URL of the MCP server"},
    {"NoProvider", "/connections/0/provider", nullptr, "/connections/0", "\"provider\" is missing"},
    {"NoIssuer", "/connections/0/issuer", nullptr, "/connections/0",
     "\"issuer\" is missing: the URL of the authorization server"},
    {"NoPlugin", "/providers/acme/plugin", nullptr, "/providers/acme", "\"plugin\" is missing"},
    {"IssuerNumber", "/connections/0/issuer", "7", "/connections/0/issuer",
     "expected the URL of the authorization server"},
    {"IssuerEmptyList", "/connections/0/issuer", "[]", "/connections/0/issuer", "expected the URL"},
    {"IssuerOtherWord", "/connections/0/issuer", "\"canary\"", "/connections/0/issuer",
     "or \"discovered\""},
    {"DiscoveredInAList", "/connections/0/issuer", "[\"discovered\"]", "/connections/0/issuer/0",
     "expected the URL of an authorization server"},
    {"ScopesText", "/connections/0/scopes", "\"canary\"", "/connections/0/scopes",
     "expected an array of scopes"},
    {"ScopeWithASpace", "/connections/0/scopes/0", "\"canary read\"", "/connections/0/scopes/0",
     "expected one scope"},
    {"UnknownTrust", "/plugins/trust", "\"canary\"", "/plugins/trust", "expected \"owner\""},
    {"FlagAsText", "/policy/credentials_to_discovered_issuer", "\"canary\"",
     "/policy/credentials_to_discovered_issuer", "expected true"},
    {"NetworkThatIsNone", "/policy/private_networks/0", "\"canary/8\"",
     "/policy/private_networks/0", "CIDR"},
    {"NetworkPrefixTooLong", "/policy/private_networks/0", "\"10.0.0.0/33\"",
     "/policy/private_networks/0", "CIDR"},
    {"NetworkPrefixNotANumber", "/policy/private_networks/0", "\"10.0.0.0/canary\"",
     "/policy/private_networks/0", "CIDR"},
    {"NetworkWithBitsBehindItsPrefix", "/policy/private_networks/0", "\"10.1.2.3/16\"",
     "/policy/private_networks/0", "write 10.1.0.0/16, or 10.1.2.3/32"},
    {"NetworkOfIPv6WithBitsBehindItsPrefix", "/policy/private_networks/0", "\"fd00:1::1/33\"",
     "/policy/private_networks/0", "write fd00:1::/33, or fd00:1::1/128"},
    {"NetworkOfMappedIPv4WithItsShortPrefix", "/policy/private_networks/0", "\"::ffff:10.0.0.0/8\"",
     "/policy/private_networks/0", "write 10.0.0.0/8"},
    {"NetworkOfMappedIPv4WithoutAllOfTheMapping", "/policy/private_networks/0",
     "\"::ffff:10.0.0.0/95\"", "/policy/private_networks/0", "as IPv4"},
    {"NetworkOfMappedIPv4WithBitsBehindItsPrefix", "/policy/private_networks/0",
     "\"::ffff:10.1.2.3/104\"", "/policy/private_networks/0", "write 10.0.0.0/8"},
    {"RevocationListsWithoutAPath", "/policy/crl_file", "\"\"", "/policy/crl_file",
     "expected the path of a file with the revocation lists"},
    {"DirectoryOfAuthoritiesAsAList", "/policy/ca_directory", "[\"canary\"]",
     "/policy/ca_directory", "expected the path of a directory"},
    {"ProxyOverTls", "/policy/proxy", "\"https://canary:3128\"", "/policy/proxy",
     "expected the URL of an HTTP proxy"},
    {"ProxyWithAPassword", "/policy/proxy", "\"http://u:canary@proxy.example\"", "/policy/proxy",
     "expected a proxy: http://host:port"},
    {"ProxyWithAPath", "/policy/proxy", "\"http://proxy.example/canary\"", "/policy/proxy",
     "expected a proxy: http://host:port"},
    {"TimeLimitZero", "/connections/0/time_limits", "{\"request\": 0}",
     "/connections/0/time_limits/request", "expected how long one HTTP request may take"},
    {"TimeLimitFlag", "/connections/0/time_limits", "{\"connect\": true}",
     "/connections/0/time_limits/connect", "in seconds"},
    {"DpopKeyThatIsNotUsed", "/connections/0/dpop", R"({"mode": "off", "key": {"file": "k"}})",
     "/connections/0/dpop/key", "the mode \"off\" does not use this"},
    {"DpopKeyThatIsNone", "/connections/0/dpop", R"({"key": "canary"})", "/connections/0/dpop/key",
     "it cannot be read; give a private key"},
    {"DpopOtherWord", "/connections/0/dpop", "\"canary\"", "/connections/0/dpop",
     "expected \"auto\""},
    {"ResourceMatchOtherWord", "/connections/0/resource_match", "\"canary\"",
     "/connections/0/resource_match", "\"path-prefix\""},
};
INSTANTIATE_TEST_SUITE_P(Shape, ConfigFault, ::testing::ValuesIn(shape),
                         [](const auto& test) { return test.param.name; });

constexpr Fault connections[] = {
    {"UnknownProvider", "/connections/0/provider", "\"acne\"", "/connections/0/provider",
     "no entry of \"providers\" has this name; did you mean \"acme\"?"},
    {"NoteAsProvider", "/connections/0/provider", "\"x-note\"", "/connections/0/provider",
     "no entry of \"providers\""},
    {"ProviderNameForATerminal", "/providers/\033[31m", R"({"plugin": "p"})", "/providers/?[31m",
     "without control characters"},
    {"ClientNameForATerminal", "/providers/acme/clients/\033[31m", R"({"id": "c"})",
     "/providers/acme/clients/?[31m", "without control characters"},
    {"ConnectionNameForATerminal", "/connections/0/name", "\"\\u001b[31m\"", "/connections/0/name",
     "without control characters"},
    {"TwoForOneUrl", "/connections/1/server", "\"https://mcp.chat.example/mcp\"",
     "/connections/1/server", "the same server as /connections/0"},
    {"TwoOfOneName", "/connections/1/name", "\"chat\"", "/connections/1/name",
     "the same name as /connections/0"},
    {"PlainHttpServer", "/connections/0/server", "\"http://mcp.chat.example/mcp\"",
     "/connections/0/server", "plain http"},
    {"PlainHttpIssuer", "/connections/0/issuer", "\"http://auth.chat.example\"",
     "/connections/0/issuer", "plain http"},
    {"IssuerWithAQuery", "/connections/0/issuer", "\"https://auth.chat.example?canary\"",
     "/connections/0/issuer", "without a query"},
    {"ServerWithUserinfo", "/connections/0/server", "\"https://canary@mcp.chat.example/mcp\"",
     "/connections/0/server", "expected a URL"},
    {"ServerWithAFragment", "/connections/0/server", "\"https://mcp.chat.example/#canary\"",
     "/connections/0/server", "expected a URL"},
    {"StarInAHost", "/connections/1/server", "\"https://*/*\"", "/connections/1/server",
     "expected a URL"},
    {"PrefixWithAQuery", "/connections/1/server", "\"https://files.example/?a=/*\"",
     "/connections/1/server", "without a query"},
    {"OriginWithAPath", "/connections/0/origins", "[\"https://api.example/v1\"]",
     "/connections/0/origins/0", "expected an origin"},
    {"SubjectWithoutAType", "/providers/acme/subject/type", nullptr, "/providers/acme/subject",
     "\"type\" is missing"},
    {"SubjectWithoutASource", "/providers/acme/subject/from", nullptr, "/providers/acme/subject",
     "\"from\" is missing"},
    {"SubjectOfAnUnknownType", "/providers/acme/subject/type", "\"canary\"",
     "/providers/acme/subject/type", "expected the type of the assertion"},
};
INSTANTIATE_TEST_SUITE_P(Connection, ConfigFault, ::testing::ValuesIn(connections),
                         [](const auto& test) { return test.param.name; });

constexpr Fault clients[] = {
    {"NoId", "/connections/0/clients/mcp/id", nullptr, "/connections/0/clients/mcp",
     "\"id\" is missing"},
    {"SecretWithoutAMethod", "/connections/0/clients/mcp/method", nullptr,
     "/connections/0/clients/mcp", "\"method\" is missing"},
    {"MethodWithoutASecret", "/connections/0/clients/mcp/secret", nullptr,
     "/connections/0/clients/mcp", "\"secret\" is missing"},
    {"SecretOfAPublicClient", "/connections/0/clients/mcp/method", "\"none\"",
     "/connections/0/clients/mcp/secret", "the method \"none\" does not use this"},
    {"KeyBesideASecret", "/connections/0/clients/mcp/key", "{\"file\": \"canary\"}",
     "/connections/0/clients/mcp/key", "does not use this"},
    {"KidBesideASecret", "/connections/0/clients/mcp/kid", "\"canary\"",
     "/connections/0/clients/mcp/kid", "does not use this"},
    {"BasicRawWithPost", "/providers/acme/clients/idp/basic_raw", "true",
     "/providers/acme/clients/idp/basic_raw", "does not use this"},
    {"KeyWithoutAMethodForIt", "/connections/0/clients/mcp/key", R"({"file": "k"})",
     "/connections/0/clients/mcp/key", "the method \"client_secret_basic\" does not use this"},
    {"AlgorithmWithoutAKey", "/connections/0/clients/mcp/alg", R"("ES256")",
     "/connections/0/clients/mcp/alg", "the method \"client_secret_basic\" does not use this"},
    {"AssertionWithoutAKey", "/connections/0/clients/mcp",
     R"({"id": "c", "method": "private_key_jwt"})", "/connections/0/clients/mcp",
     "\"key\" is missing: the method \"private_key_jwt\" needs it"},
    {"CertificateWithoutAKey", "/connections/0/clients/mcp",
     R"({"id": "c", "method": "tls_client_auth", "certificate": {"file": "c"}})",
     "/connections/0/clients/mcp", "\"key\" is missing: the method \"tls_client_auth\""},
    {"UnknownAlgorithm", "/connections/0/clients/mcp",
     R"({"id": "c", "method": "private_key_jwt", "key": {"file": "k"}, "alg": "HS256"})",
     "/connections/0/clients/mcp/alg", "expected the algorithm of the key"},
    {"LiteralKeyThatIsNone", "/connections/0/clients/mcp",
     R"({"id": "c", "method": "private_key_jwt", "key": "canary"})",
     "/connections/0/clients/mcp/key", "it cannot be read; give a private key"},
    {"LiteralKeyOfAnotherType", "/connections/0/clients/mcp",
     R"({"id": "c", "method": "private_key_jwt", "alg": "RS256", "key":
         "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}"})",
     "/connections/0/clients/mcp/alg", "an EC key on P-256, which does not sign with this"},
    {"LiteralCertificateThatIsNone", "/connections/0/clients/mcp",
     R"({"id": "c", "method": "tls_client_auth", "certificate": "canary", "key": "canary"})",
     "/connections/0/clients/mcp/certificate", "not a PEM certificate"},
    {"UnknownMethod", "/connections/0/clients/mcp/method", "\"canary\"",
     "/connections/0/clients/mcp/method", "expected how the client authenticates"},
    {"IdpWithoutAnIssuer", "/providers/acme/clients/idp/issuer", nullptr,
     "/providers/acme/clients/idp", "\"issuer\" is missing: the URL of the identity provider"},
    {"TokenEndpointWithoutAnIssuer", "/connections/0/clients/mcp/token_endpoint",
     "\"https://auth.chat.example/token\"", "/connections/0/clients/mcp", "\"issuer\" is missing"},
    {"PlainHttpTokenEndpoint", "/providers/acme/clients/idp/token_endpoint",
     "\"http://idp.example/token\"", "/providers/acme/clients/idp/token_endpoint", "plain http"},
    {"TwoSourcesOfASecret", "/connections/0/clients/mcp/secret/file", "\"canary\"",
     "/connections/0/clients/mcp/secret/file", "exactly one of"},
    {"NoSourceOfASecret", "/connections/0/clients/mcp/secret", "{}",
     "/connections/0/clients/mcp/secret", "expected one of"},
    {"CommandAsText", "/connections/0/clients/mcp/secret", "{\"command\": \"canary\"}",
     "/connections/0/clients/mcp/secret/command", "no shell"},
    {"CommandOnThePath", "/connections/0/clients/mcp/secret", "{\"command\": [\"canary\"]}",
     "/connections/0/clients/mcp/secret/command/0", "PATH is not searched"},
    {"EmptyLiteral", "/connections/0/clients/mcp/secret", "\"\"",
     "/connections/0/clients/mcp/secret", "expected one of"},
};
INSTANTIATE_TEST_SUITE_P(Client, ConfigFault, ::testing::ValuesIn(clients),
                         [](const auto& test) { return test.param.name; });

// C3, C4: which authorization server may get a client's credential.
constexpr Fault issuers[] = {
    {"SecretForADiscoveredIssuer", "/connections/0/issuer", "\"discovered\"",
     "/connections/0/clients/mcp", "policy.credentials_to_discovered_issuer"},
    {"SecretForAListOfIssuers", "/connections/0/issuer",
     "[\"https://auth.chat.example\", \"https://auth2.chat.example\"]",
     "/connections/0/clients/mcp", "\"issuer\" is missing: a client with a secret"},
    {"ClientOfAnotherIssuer", "/connections/0/clients/mcp/issuer", "\"https://canary.example\"",
     "/connections/0/clients/mcp", "not one that /connections/0/issuer allows"},
    {"ClientOfAnIssuerOutsideTheList", "/connections/1/clients/mcp/issuer",
     "\"https://canary.example\"", "/connections/1/clients/mcp",
     "not one that /connections/1/issuer allows"},
};
INSTANTIATE_TEST_SUITE_P(Issuer, ConfigFault, ::testing::ValuesIn(issuers),
                         [](const auto& test) { return test.param.name; });

TEST(ConfigText, ThatIsNotJsonSaysWhere) {
    const auto config = parse_config("{\"version\": 1,}", "/c.json", false, "/");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.status(), Status::misconfigured);
    EXPECT_THAT(config.error().message, StartsWith("/c.json: "));
    EXPECT_THAT(config.error().message, HasSubstr("14"));
}

TEST(ConfigText, WithADuplicateKeyIsRefused) {
    const auto config =
        parse_config(R"({"version": 1, "providers": {}, "version": 1, "connections": []})",
                     "/c.json", false, "/");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.status(), Status::misconfigured);
    EXPECT_THAT(config.error().message, HasSubstr("column 33"));
}

TEST(ConfigText, ThatIsTooLargeIsRefused) {
    const auto config = parse_config(std::string(1024 * 1024 + 1, ' '), "/c.json", false, "/");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.status(), Status::misconfigured);
}

TEST(ConfigText, WithAVeryLongStringIsRefusedWithoutMatchingIt) {
    const auto config = parse(
        edited(valid_config(), "/connections/0/server", "https://" + std::string(500'000, 'a')));
    ASSERT_FALSE(config);
    EXPECT_THAT(config.error().message,
                HasSubstr(" at /connections/0/server: expected a string of at most"));
}

class LiteralInAFileOthersCanRead : public ::testing::TestWithParam<const char*> {};

TEST_P(LiteralInAFileOthersCanRead, IsRefused) {
    const auto document = edited(valid_config(), GetParam(), json::Value("canary"));
    EXPECT_TRUE(parse(document, false));
    const auto config = parse(document, true);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.status(), Status::misconfigured);
    EXPECT_THAT(config.error().message, StartsWith(std::string(config_path) + " at " + GetParam() +
                                                   ": a literal in a file"));
    EXPECT_THAT(config.error().message, Not(HasSubstr("canary")));
}
INSTANTIATE_TEST_SUITE_P(Place, LiteralInAFileOthersCanRead,
                         ::testing::Values("/connections/0/clients/mcp/secret",
                                           "/providers/acme/clients/idp/secret",
                                           "/providers/acme/subject/from"));

constexpr const char* mcp = "/connections/0/clients/mcp";
constexpr Fault without_id[] = {
    {"IdAndRegister", mcp, R"({"id": "canary", "register": {"name": "app"}})",
     "/connections/0/clients/mcp/id", "neither registered nor a metadata document"},
    {"RegisterWithAMethod", mcp,
     R"({"register": {"name": "app"}, "method": "client_secret_basic", "secret": {"env": "canary"}})",
     "/connections/0/clients/mcp/method", "is told by the authorization server"},
    {"RegisterWithASecret", mcp, R"({"register": {"name": "app"}, "secret": {"env": "canary"}})",
     "/connections/0/clients/mcp/secret", "is told by the authorization server"},
    {"RegisterWithATokenEndpoint", mcp,
     R"({"register": {"name": "app"}, "issuer": "https://auth.chat.example",
         "token_endpoint": "https://auth.chat.example/canary"})",
     "/connections/0/clients/mcp/token_endpoint", "needs all of its server's metadata"},
    {"RegisterWithoutAName", mcp, R"({"register": {}})", "/connections/0/clients/mcp/register",
     "\"name\" is missing"},
    {"DocumentWithASecret", mcp,
     R"({"metadata_document": "https://app.example/client.json", "method": "client_secret_post",
         "secret": {"env": "canary"}})",
     "/connections/0/clients/mcp/method", "names no secret"},
    {"DocumentOverHttp", mcp, R"({"metadata_document": "http://127.0.0.1/canary"})",
     "/connections/0/clients/mcp/metadata_document", "https"},
    {"DocumentWithoutAPath", mcp, R"({"metadata_document": "https://canary.example/"})",
     "/connections/0/clients/mcp/metadata_document", "https URL with a path"},
    {"DocumentWithADotSegment", mcp,
     R"({"metadata_document": "https://app.example/../canary.json"})",
     "/connections/0/clients/mcp/metadata_document", "without dot segments"},
    {"RegisteredIdpWithoutIssuer", "/providers/acme/clients/idp",
     R"({"register": {"name": "canary"}})", "/providers/acme/clients/idp", "\"issuer\" is missing"},
};
INSTANTIATE_TEST_SUITE_P(ClientWithoutId, ConfigFault, ::testing::ValuesIn(without_id),
                         [](const auto& test) { return test.param.name; });

TEST(ConfigClient, MayBeADocumentOrRegisteredOrBoth) {
    for (const char* client :
         {R"({"register": {"name": "app"}})",
          R"({"metadata_document": "https://app.example/client.json"})",
          R"({"metadata_document": "https://app.example/client.json", "register": {"name": "a"}})"})
        EXPECT_TRUE(parse_with(mcp, client)) << client;
    // One list of issuers, or a discovered one, is no obstacle: each gets a registration of its
    // own.
    EXPECT_TRUE(parse_with("/connections/1/clients/mcp", R"({"register": {"name": "app"}})"));
    EXPECT_TRUE(parse_with("/connections/2/clients/mcp", R"({"register": {"name": "app"}})"));
}

TEST(ConfigDiscovery, OfAnOldServerNamesNoResourceUnlessTold) {
    EXPECT_TRUE(parse_with("/connections/0/x-note", "1")->connections[0].send_resource);
    const auto old = parse_with("/connections/0/discovery", R"("2025-03-26")");
    ASSERT_TRUE(old) << old.error().message;
    EXPECT_FALSE(old->connections[0].send_resource);
    const auto document =
        edited(valid_config(), "/connections/0/discovery", parsed(R"("2025-03-26")"));
    const auto told = parse(edited(document, "/connections/0/send_resource", parsed("true")));
    ASSERT_TRUE(told);
    EXPECT_TRUE(told->connections[0].send_resource);
}

TEST(ConfigDiscovery, KnowsNoOtherRevision) {
    EXPECT_FALSE(parse_with("/connections/0/discovery", R"("2024-11-05")"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
