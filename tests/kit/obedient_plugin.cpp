#include "obedient_plugin.hpp"

#include <mcp_auth/plugin.hpp>
#include <new>
#include <stdexcept>

namespace {

using namespace mcp_auth;
using namespace mcp_auth::plugin;

struct Unusual : std::exception {
    const char* what() const noexcept override { return canary; }
};

void throw_as(std::string_view how) {
    if (how == "throw bad_alloc") throw std::bad_alloc();
    if (how == "throw logic_error") throw std::out_of_range(canary);
    if (how == "throw runtime_error") throw std::runtime_error(canary);
    if (how == "throw exception") throw Unusual();
    if (how == "throw number") throw 42;
}

// Does what its settings say: {"create": ..., "do": ...}.
class Obedient final : public Provider {
public:
    static Result<std::unique_ptr<Provider>> create(const Host& host, const Instance& instance) {
        const std::string how(instance.settings.string("create"));
        throw_as(how);
        if (how == "null") return std::unique_ptr<Provider>();
        if (how == "fail with ok") return Error();
        if (how == "fail with status ok") return Error(Status::ok, "settings", "fine");
        if (how == "fail") return detailed_error();
        if (how == "require") {
            auto there = host.require({MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_STORE});
            if (!there) return there.error();
        }
        host.log(Level::info, "created", {{"name", instance.name}});
        auto provider = std::make_unique<Obedient>();
        provider->order_ = instance.settings.string("do");
        provider->created_at_ = host.now();
        return std::unique_ptr<Provider>(std::move(provider));
    }

    Result<Token> acquire(Call& call, const TokenRequest& request) override {
        throw_as(order_);
        if (order_ == "fail") return detailed_error();
        if (order_ == "fail with status ok") return Error(Status::ok, "exchange", "fine");
        if (order_ == "empty token") return Token{};
        if (order_ == "echo") return Token{call.keep(text_of(call, request)), "Bearer"};
        if (order_ == "short") return Token{call.keep("short"), call.keep("N_A")};
        if (order_ == "ask everything") return everything(call);
        if (order_ == "log the token") return log_the_token(call);
        if (order_ == "browser") return browser(call, request);
        if (order_ == "lease") return leased(call);
        auto answer = call.token_request(
            "mcp", {{"grant_type", "client_credentials"}, {"resource", request.resource}});
        if (!answer) return answer.error();
        return Token{answer->access_token, answer->token_type, answer->scope, answer->expires_at};
    }

    Result<Assertion> assertion(Call& call, const AssertionRequest& request) override {
        throw_as(order_);
        if (order_ == "fail") return detailed_error();
        if (order_ == "empty token") return Assertion{};
        if (order_ == "peer") return call.peer_assertion("other", request);
        auto subject = call.subject({MCP_AUTH_TYPE_ID_TOKEN, MCP_AUTH_TYPE_SAML2});
        if (!subject) return subject.error();
        return Assertion{subject->assertion, subject->token_type, request.audience, request.scope,
                         subject->expires_at};
    }

private:
    static Error detailed_error() {
        Error error(Status::interaction_required, "exchange", "sign in again");
        error.oauth_error = "insufficient_user_authentication";
        error.description = "too long ago";
        error.acr_values = "urn:example:mfa";
        error.max_age = std::chrono::seconds(0);
        error.retry_after = std::chrono::seconds(7);
        error.http_status = 403;
        return error;
    }

    std::string text_of(Call& call, const TokenRequest& request) const {
        json::Value all = json::Value::object();
        all.set("reason", static_cast<int>(request.reason)).set("server", request.server);
        all.set("resource", request.resource).set("issuer", request.issuer);
        all.set("metadata", request.metadata).set("scope", request.scope);
        all.set("challenge", request.challenge).set("omit_resource", request.omit_resource);
        all.set("now", call.now()).set("created_at", created_at_);
        return all.dump();
    }

    // One call of every function of Call, each answer named in the log.
    static Result<Token> everything(Call& call) {
        auto client = call.client({"idp", "http://127.0.0.1/cb", "authorization_code", "openid"});
        if (!client) return client.error();
        auto subject =
            call.subject(std::vector<std::string>{MCP_AUTH_TYPE_SAML2, MCP_AUTH_TYPE_ID_TOKEN});
        if (!subject) return subject.error();
        auto peer = call.peer_assertion("other", {Reason::rejected, client->issuer, "res", "s"});
        if (!peer) return peer.error();
        if (auto lease = call.lease("idp", "key"); !lease) return lease.error();
        if (auto saved = call.save("idp", "key", peer->assertion, 0); !saved) return saved.error();
        auto loaded = call.load("idp", "key");
        if (!loaded) return loaded.error();
        call.release("idp", "key");
        auto http = call.http({"GET", "https://keys.example/jwks", {{"Accept", "x/y"}}, "body"});
        if (!http) return http.error();
        auto response = call.token_request("idp", {{"a", "1"}, {"a", "2"}});
        if (!response) return response.error();
        unsigned char random[4];
        call.random(random, sizeof random);
        call.log(Level::debug, "asked everything",
                 {{"client", client->client_id},
                  {"jkt", client->dpop_jkt},
                  {"type", subject->token_type},
                  {"loaded", *loaded},
                  {"http", http->headers.at(0).second},
                  {"issued", response->issued_token_type}});
        return Token{response->access_token, response->token_type, response->scope,
                     response->expires_at};
    }

    static Result<Token> log_the_token(Call& call) {
        auto answer = call.token_request("mcp", {});
        if (!answer) return answer.error();
        call.log(Level::info, "got one", {{"token", answer->access_token.substr(3)}});
        return Token{answer->access_token, answer->token_type};
    }

    static Result<Token> browser(Call& call, const TokenRequest& request) {
        auto flow = call.browser_begin("mcp");
        if (!flow) return flow.error();
        auto answer =
            call.browser_finish(std::string(request.server) + "?state=" + std::string(flow->state));
        if (!answer) return answer.error();
        return Token{answer->code, answer->code_verifier};
    }

    // The pattern of a shared grant: lease, look, fetch, keep.
    static Result<Token> leased(Call& call) {
        if (auto lease = call.lease("mcp", "grant"); !lease) return lease.error();
        auto kept = call.load("mcp", "grant");
        if (!kept) return kept.error();
        if (!kept->empty()) return Token{*kept, "Bearer"};
        auto answer = call.token_request("mcp", {});
        if (!answer) return answer.error();
        auto saved = call.save("mcp", "grant", answer->access_token, answer->expires_at);
        if (!saved) return saved.error();
        return Token{answer->access_token, "Bearer"};
    }

    std::string order_;
    std::int64_t created_at_ = 0;
};

// Leaves both roles as the base class has them.
class Idle final : public Provider {
public:
    static Result<std::unique_ptr<Provider>> create(const Host&, const Instance&) {
        return std::unique_ptr<Provider>(std::make_unique<Idle>());
    }
};

}  // namespace

MCP_AUTH_PLUGIN(Obedient, "obedient", "1.2.3", MCP_AUTH_ROLE_TOKEN " " MCP_AUTH_ROLE_ASSERTION)
MCP_AUTH_BUILTIN_PLUGIN(token_only_entry, Obedient, "token-only", "1.0.0", MCP_AUTH_ROLE_TOKEN)
MCP_AUTH_BUILTIN_PLUGIN(idle_entry, Idle, "idle", "0.1.0",
                        MCP_AUTH_ROLE_ASSERTION " " MCP_AUTH_ROLE_TOKEN)
