#include "world.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::validate {
namespace {

using testing::ServiceCall;

// Nobody who means well asks a service that fails so often within one call.
constexpr std::size_t most_insistence = 60;

bool same_leg(const ServiceCall& a, const ServiceCall& b) {
    return a.service == b.service && a.function == b.function && a.about == b.about;
}

}  // namespace

std::vector<Role> roles_of(const Trial& trial) {
    std::vector<Role> roles;
    if (trial.has_role(MCP_AUTH_ROLE_TOKEN)) roles.push_back(Role::token);
    if (trial.has_role(MCP_AUTH_ROLE_ASSERTION)) roles.push_back(Role::assertion);
    return roles;
}

World::World(Trial& trial) : trial_(trial), plausible_(host_, trial.specimen.seed) {
    const Answers& answers = trial.specimen.answers;
    host_.any_token_request().otherwise(
        [this, &answers](const testing::SentTokenRequest& asked) -> Result<testing::TokenAnswer> {
            auto answer = answers.token(host_, plausible_, asked);
            if (!answer) answer = testing::TokenAnswer::json(plausible_.token_answer(asked).dump());
            if (altered() && fault_->token) {
                auto body = json::parse(answer->body);
                if (body) fault_->token(*body, plausible_);
                if (body) answer->body = body->dump();
            }
            note(answer->body);
            return *answer;
        });
    const auto plausibly = [this](const testing::SentHttpRequest&) -> testing::HttpAnswer {
        json::Value body = json::Value::object();
        for (const char* name : {"access_token", "token", "assertion", "refresh_token"})
            body.set(name, plausible_.secret());
        body.set("token_type", "Bearer").set("expires_in", 600).set("scope", "chat.read");
        return {200, {{"Content-Type", "application/json"}}, body.dump()};
    };
    host_.http().otherwise(
        [this, &answers,
         plausibly](const testing::SentHttpRequest& asked) -> Result<testing::HttpAnswer> {
            auto answer = answers.http(host_, plausible_, asked);
            if (!answer) answer = plausibly(asked);
            if (altered() && fault_->http) fault_->http(*answer, plausible_);
            note(answer->body);
            return *answer;
        });
    host_.any_client().otherwise(
        [this](const testing::SentClientRequest& asked) -> Result<testing::ClientAnswer> {
            auto answer = testing::PlausibleWorld::client(asked.name);
            if (altered() && fault_->client) fault_->client(answer);
            return answer;
        });
    host_.any_peer().otherwise(
        [this](const testing::SentPeerRequest& asked) -> Result<testing::AssertionAnswer> {
            auto answer = plausible_.id_jag(asked.audience, asked.resource, asked.scope,
                                            asked.client_id, asked.dpop_jkt);
            if (altered() && fault_->peer) fault_->peer(answer);
            note(answer.assertion);
            return answer;
        });
    answers.apply(host_, plausible_);
}

testing::PluginUnderTest& World::plugin() {
    if (!plugin_) {
        plugin_ = std::make_unique<testing::PluginUnderTest>(trial_.entry(), host_,
                                                             trial_.specimen.settings);
        broken_at_creation_ = host_.broken_duties().size();
    }
    return *plugin_;
}

void World::another_user() {
    plausible_.another_user();
    trial_.specimen.answers.apply(host_, plausible_);
}

std::vector<testing::Violation> World::broken_duties() const {
    auto all = host_.broken_duties();
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(broken_at_creation_));
    return all;
}

plugin::TokenRequest World::token_request() const {
    const Answers& answers = trial_.specimen.answers;
    plugin::TokenRequest request = plausible_.token_request();
    request.server = answers.request("server", request.server);
    request.resource = answers.request("resource", request.resource);
    request.issuer = answers.request("issuer", request.issuer);
    request.metadata = answers.request("metadata", request.metadata);
    request.scope = answers.request("scope", request.scope);
    request.challenge = answers.request("challenge", request.challenge);
    return request;
}

plugin::AssertionRequest World::assertion_request() const {
    const Answers& answers = trial_.specimen.answers;
    plugin::AssertionRequest request = plausible_.assertion_request();
    request.audience = answers.request("issuer", request.audience);
    request.resource = answers.request("resource", request.resource);
    request.scope = answers.request("scope", request.scope);
    request.client_id = answers.request("client_id", request.client_id);
    return request;
}

Result<Answer> World::ask(Role role, mcp_auth_reason reason) {
    if (role == Role::token) {
        plugin::TokenRequest request = token_request();
        request.reason = static_cast<plugin::Reason>(reason);
        const auto token = plugin().acquire(request);
        if (!token) return token.error();
        return Answer{token->access_token, token->expires_at};
    }
    plugin::AssertionRequest request = assertion_request();
    request.reason = static_cast<plugin::Reason>(reason);
    const auto assertion = plugin().assertion(request);
    if (!assertion) return assertion.error();
    return Answer{assertion->assertion, assertion->expires_at};
}

void World::watch(const Fault* fault, ServiceCall leg) {
    fault_ = fault;
    leg_ = std::move(leg);
    if (!std::exchange(watched_, true))
        host_.before_service([this](const ServiceCall& called) { return before(called); });
}

Result<void> World::before(const ServiceCall& called) {
    current_ = called.number;
    hit_ = fault_ != nullptr && called.number >= leg_.number && called.function != "release" &&
           (leg_.service.empty() || same_leg(called, leg_));
    if (!hit_) return {};
    if (broken_.size() >= most_insistence) {
        insisted_ = true;
        hit_ = false;
        return {};
    }
    broken_.push_back(called);
    if (fault_->stored) host_.overwrite_stored(*fault_->stored);
    if (fault_->subject)
        for (const char* type : {MCP_AUTH_TYPE_ID_TOKEN, MCP_AUTH_TYPE_JWT, MCP_AUTH_TYPE_SAML2,
                                 MCP_AUTH_TYPE_REFRESH_TOKEN})
            host_.subject(type, *fault_->subject);
    if (fault_->error) return *fault_->error;
    return {};
}

void World::note(const std::string& text) {
    if (watched_) answers_.emplace_back(current_, text);
}

bool World::answered(std::size_t number, const std::string& bytes) const {
    return std::any_of(answers_.begin(), answers_.end(), [&](const auto& answer) {
        return answer.first == number && answer.second.find(bytes) != std::string::npos;
    });
}

bool World::sent_on(std::size_t number) const {
    const std::vector<std::string> all = sent();
    for (const std::string& secret : plausible_.secrets())
        if (answered(number, secret) &&
            std::any_of(all.begin(), all.end(), [&](const std::string& text) {
                return text.find(secret) != std::string::npos;
            }))
            return true;
    return false;
}

std::vector<std::string> World::sent() const {
    std::vector<std::string> all;
    for (const auto& request : host_.token_requests())
        for (const auto& field : request.fields) all.push_back(field.second);
    for (const auto& request : host_.http_requests()) {
        all.push_back(request.url);
        all.push_back(request.body);
        for (const auto& header : request.headers) all.push_back(header.second);
    }
    for (const std::string& url : host_.browser_urls()) all.push_back(url);
    return all;
}

}  // namespace mcp_auth::validate
