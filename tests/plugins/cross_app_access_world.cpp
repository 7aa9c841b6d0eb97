#include "cross_app_access_world.hpp"

namespace mcp_auth::cross_app_access {

namespace {

json::Value object(const std::string& text) {
    auto value = json::parse(text);
    return value ? *std::move(value) : json::Value("not JSON: " + text);
}

}  // namespace

World::World() {
    host.client("idp", {idp_client, idp, R"({"issuer":"https://acme.idp.example"})", ""});
    set_dpop_jkt("");
    sign_in(id_token());
}

void World::TearDown() {
    for (const auto& secret : canaries_) EXPECT_TRUE(plugin().expect_no_leak(secret));
    EXPECT_TRUE(plugin().expect_no_leak(access_token));
    EXPECT_THAT(host.violations(), ::testing::IsEmpty());
    EXPECT_EQ(host.token_request("idp").left(), 0u) << "exchanges that were not asked for";
    EXPECT_EQ(host.token_request("mcp").left(), 0u) << "redemptions that were not asked for";
}

void World::set_dpop_jkt(const std::string& jkt) {
    host.client("mcp", {mcp_client, issuer, R"({"issuer":"https://auth.chat.example/"})", jkt});
}

void World::sign_in(const std::string& assertion, const char* type) {
    canary(assertion);
    host.subject(type, assertion);
}

void World::sign_in_with_another_type(const std::string& assertion, const char* type) {
    host.subject(MCP_AUTH_TYPE_ID_TOKEN,
                 Error(Status::unsupported, "subject", "this user's source has another type"));
    sign_in(assertion, type);
}

std::string World::jwt(const json::Value& header, const json::Value& payload) {
    return canary(base64url_encode(header.dump()) + '.' + base64url_encode(payload.dump()) + '.' +
                  base64url_encode("CANARY-signature-" + std::to_string(++minted_)));
}

json::Value World::id_token_header() {
    return object(R"({"typ":"JWT","alg":"ES256","kid":"k1"})");
}

json::Value World::id_token_claims() const {
    return json::Value::object()
        .set("iss", idp)
        .set("aud", idp_client)
        .set("sub", "alice")
        .set("iat", host.now() - 10)
        .set("exp", host.now() + 3600);
}

json::Value World::id_jag_header() {
    return object(R"({"typ":"oauth-id-jag+jwt","alg":"ES256","kid":"k1"})");
}

json::Value World::id_jag_claims() {
    return json::Value::object()
        .set("iss", idp)
        .set("aud", issuer)
        .set("client_id", mcp_client)
        .set("resource", resource)
        .set("sub", canary("CANARY-subject-of-alice"))
        .set("jti", canary("CANARY-jti-" + std::to_string(++minted_)))
        .set("scope", "chat.read chat.write")
        .set("iat", host.now())
        .set("exp", host.now() + 300);
}

std::string World::canary(std::string secret) {
    canaries_.push_back(secret);
    return secret;
}

json::Value World::exchange_body(const std::string& id_jag) const {
    return json::Value::object()
        .set("issued_token_type", MCP_AUTH_TYPE_ID_JAG)
        .set("access_token", id_jag)
        .set("token_type", "N_A")
        .set("scope", "chat.read chat.write")
        .set("expires_in", 300);
}

json::Value World::redemption_body() const {
    return json::Value::object()
        .set("access_token", access_token)
        .set("token_type", "Bearer")
        .set("expires_in", 600)
        .set("scope", "chat.read chat.write");
}

void World::exchange_answers(const json::Value& body, std::uint32_t http_status) {
    host.token_request("idp").then(TokenAnswer::json(body.dump(), http_status));
}

void World::redemption_answers(const json::Value& body, std::uint32_t http_status) {
    host.token_request("mcp").then(TokenAnswer::json(body.dump(), http_status));
}

std::string World::exchange_gives(std::string id_jag) {
    exchange_answers(exchange_body(id_jag));
    return id_jag;
}

plugin::TokenRequest World::token_request() const {
    plugin::TokenRequest request;
    request.server = resource;
    request.resource = resource;
    request.issuer = issuer;
    request.metadata = R"({"issuer":"https://auth.chat.example/"})";
    request.scope = "chat.read chat.write";
    return request;
}

plugin::AssertionRequest World::assertion_request() const {
    plugin::AssertionRequest request;
    request.audience = issuer;
    request.resource = resource;
    request.scope = "chat.read chat.write";
    request.client_id = mcp_client;
    return request;
}

testing::PluginUnderTest& World::plugin() {
    if (!plugin_)
        plugin_ =
            std::make_unique<testing::PluginUnderTest>(&mcp_auth_plugin_entry_v1, host, settings_);
    return *plugin_;
}

Result<testing::Token> World::acquire(plugin::Reason reason) {
    auto request = token_request();
    request.reason = reason;
    return plugin().acquire(request);
}

std::vector<std::string> World::assertions_shown() const {
    std::vector<std::string> shown;
    for (const auto& sent : redemptions()) shown.push_back(sent.field("assertion"));
    return shown;
}

bool World::logged(const std::string& event) const {
    for (const auto& line : host.logs())
        if (line.event == event) return true;
    return false;
}

Error refusal(const std::string& leg, const std::string& code, Status status) {
    return testing::oauth_error(status, leg, code, "words of the peer");
}

std::vector<Refusal> and_refusals_of_any_grant(std::vector<Refusal> own) {
    own.insert(own.end(),
               {{"insufficient_user_authentication", Status::denied, Status::interaction_required},
                {"access_denied", Status::denied, Status::denied},
                {"invalid_target", Status::denied, Status::denied},
                {"invalid_scope", Status::denied, Status::denied},
                {"unauthorized_client", Status::denied, Status::denied},
                {"invalid_client", Status::misconfigured, Status::misconfigured},
                {"unsupported_grant_type", Status::misconfigured, Status::misconfigured},
                {"temporarily_unavailable", Status::unavailable, Status::unavailable}});
    return own;
}

std::string refusal_name(const ::testing::TestParamInfo<Refusal>& test) {
    return test.param.code;
}

}  // namespace mcp_auth::cross_app_access
