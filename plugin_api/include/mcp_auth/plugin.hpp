// mcp_auth/plugin.hpp - the C++ kit for plugin authors: derive, return a Result, end with one
// macro.
//
//     class Acme final : public mcp_auth::plugin::Provider {
//     public:
//         static Result<std::unique_ptr<Provider>> create(const Host& host, const Instance&
//         instance); Result<Token> acquire(Call& call, const TokenRequest& request) override {
//             auto answer = call.token_request("mcp", {{"grant_type", "client_credentials"},
//                                                      {"resource", request.resource}});
//             if (!answer) return answer.error();
//             return Token{answer->access_token, answer->token_type, answer->scope,
//             answer->expires_at};
//         }
//     };
//     MCP_AUTH_PLUGIN(Acme, "acme", "1.0.0", MCP_AUTH_ROLE_TOKEN)
//
// Header only, C++17, needs nothing but the standard library. Every trampoline is noexcept and
// turns an exception into `internal`. A std::string_view that a Call hands out is the host's
// memory: it lives until the call ends and is wiped then, so a plugin need not copy a secret.
#pragma once

#include <mcp_auth/abi.h>
#include <mcp_auth/json.hpp>
#include <mcp_auth/jws.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::plugin {

enum class Reason : std::uint32_t { first = 0, expiring = 1, rejected = 2, insufficient_scope = 3 };

// What the host asks `token/1` for. Views live until acquire returns.
struct TokenRequest {
    Reason reason = Reason::first;
    std::string_view server = {};     // URL of the MCP server
    std::string_view resource = {};   // the identifier, byte for byte as published (B4)
    std::string_view issuer = {};     // validated and allowed by the administrator
    std::string_view metadata = {};   // of that issuer, JSON (RFC 8414)
    std::string_view scope = {};      // space separated; empty: none
    std::string_view challenge = {};  // WWW-Authenticate; empty: none
    bool omit_resource = false;       // leave RFC 8707's parameter out of the redemption (G1)
};
struct Token {
    std::string_view access_token = {};
    std::string_view token_type = {};
    std::string_view scope = {};  // granted; empty: as requested
    std::int64_t expires_at = 0;  // Unix seconds; 0: not known
};

// What the host, or another provider, asks `assertion/1` for.
struct AssertionRequest {
    Reason reason = Reason::first;
    std::string_view audience = {};  // the authorization server's issuer
    std::string_view resource = {};
    std::string_view scope = {};
    std::string_view client_id = {};  // of the one who will redeem it, at `audience` (F2)
    std::string_view dpop_jkt = {};   // its key's thumbprint; empty: no binding asked for (F3)
};
struct Assertion {
    std::string_view assertion = {};
    std::string_view token_type = {};  // URN
    std::string_view issuer = {};      // the `iss` it must carry; empty: cannot be checked
    std::string_view scope = {};
    std::int64_t expires_at = 0;
};

using Field = std::pair<std::string_view, std::string_view>;
using Fields = std::vector<Field>;

struct ClientRequest {
    std::string_view name = {};          // "idp", "mcp": a key of "clients"
    std::string_view redirect_uri = {};  // for registration; empty: none
    std::string_view grant_types = {};   // for registration, space separated
    std::string_view scope = {};         // for registration; empty: none
};
struct Client {
    std::string_view client_id = {}, issuer = {}, metadata = {}, dpop_jkt = {};
};
struct TokenResponse {
    std::uint32_t http_status = 0;
    std::string_view json = {}, access_token = {}, token_type = {}, issued_token_type = {},
                     refresh_token = {}, scope = {};
    std::int64_t expires_at = 0;
};
struct Subject {
    std::string_view assertion = {};
    std::string_view token_type = {};  // URN: which of the accepted types it is
    std::int64_t expires_at = 0;
};
struct HttpRequest {
    std::string_view method = {}, url = {};
    Fields headers = {};
    std::string_view body = {};
};
struct HttpResponse {
    std::uint32_t status = 0;
    Fields headers = {};
    std::string_view body = {};
};
struct BrowserFlow {
    std::string_view redirect_uri = {}, code_challenge = {}, state = {};
};
struct BrowserAnswer {
    std::string_view code = {}, code_verifier = {};
};

enum class Level : std::uint32_t { error = 0, warning = 1, info = 2, debug = 3 };

// The host as create() sees it. Only log and clock may be called from create().
class Host {
public:
    explicit Host(const mcp_auth_host* host) noexcept : host_(host) {}
    bool has(std::string_view service_id) const noexcept;
    // Empty if all are there, else `misconfigured` naming the first that is missing.
    Result<void> require(std::initializer_list<std::string_view> service_ids) const;
    void log(Level level, std::string_view event, const Fields& fields = {}) const noexcept;
    std::int64_t now() const noexcept;  // Unix seconds, skew-corrected
    const mcp_auth_host* raw() const noexcept { return host_; }

private:
    const mcp_auth_host* host_;
};

struct Instance {
    std::string_view name = {};    // the key of "providers"; lives until create returns
    json::Value settings = {};     // an object, checked by the manifest's schema
    std::uint32_t host_minor = 0;  // of its ABI: what it knows, where an older one would not notice
};

// One acquisition: the way to every host service. Lives as long as the role's function runs. Each
// function blocks only inside the host, and fails with `misconfigured` when the host has no such
// service. After a failure the Error is what the host said. Once it said cancelled or deadline, no
// service that could go on is asked any more: it says the same (obligation P21).
class Call {
public:
    Call(const mcp_auth_host* host, mcp_auth_call* call) noexcept : host_(host), call_(call) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void log(Level level, std::string_view event, const Fields& fields = {}) const noexcept;
    std::int64_t now() const noexcept;  // Unix seconds, skew-corrected
    void random(void* bytes, std::size_t size) const noexcept;
    // Waits, for a grant that polls. `cancelled` as soon as that is so; `deadline` at once where
    // the call has not that much time left.
    Result<void> sleep(std::chrono::milliseconds duration);

    // oauth/1
    Result<Client> client(const ClientRequest& request);
    // What the server says in an error is withheld where it repeats a field's value, of those that
    // no specification has as public (scope, resource, audience, client_id, types, ...).
    Result<TokenResponse> token_request(std::string_view client, const Fields& fields);
    // subject/1: `accepted` are URNs, best first
    Result<Subject> subject(std::initializer_list<std::string_view> accepted);
    Result<Subject> subject(const std::vector<std::string>& accepted);
    // peer/1
    Result<Assertion> peer_assertion(std::string_view provider, const AssertionRequest& request);
    // store/1: entries are kept apart by the issuer and id of `client`
    Result<std::string_view> load(std::string_view client, std::string_view key);
    Result<void> save(std::string_view client, std::string_view key, std::string_view value,
                      std::int64_t expires_at);
    Result<void> lease(std::string_view client, std::string_view key);
    void release(std::string_view client, std::string_view key) noexcept;
    // http/1
    Result<HttpResponse> http(const HttpRequest& request);
    // browser/1
    Result<BrowserFlow> browser_begin(std::string_view client);
    Result<BrowserAnswer> browser_finish(std::string_view url);

    // Takes over a text of the plugin's own, for a view that must live until the call ends.
    // Wiped then.
    std::string_view keep(std::string text);

    mcp_auth_call* raw() const noexcept { return call_; }

private:
    template <class Service, class Invoke>
    Result<void> ask(std::string_view id, Invoke invoke);
    Result<Subject> subject_of(const std::string& accepted);

    const mcp_auth_host* host_;
    mcp_auth_call* call_;
    Result<void> over_;       // cancelled, or deadline
    std::list<Secret> kept_;  // does not move what it holds
};

// Derive from this. Functions run concurrently, on any thread.
class Provider {
public:
    virtual ~Provider() = default;
    virtual Result<Token> acquire(Call& call, const TokenRequest& request);
    virtual Result<Assertion> assertion(Call& call, const AssertionRequest& request);
};

}  // namespace mcp_auth::plugin

#include <mcp_auth/plugin_impl.hpp>

// Defines the one export. CLASS has
//     static Result<std::unique_ptr<mcp_auth::plugin::Provider>> create(const Host&, const
//     Instance&);
// ROLES: a string literal, space separated, in the manifest's order.
#define MCP_AUTH_PLUGIN(CLASS, ID, VERSION, ROLES)                                     \
    extern "C" MCP_AUTH_EXPORT const mcp_auth_plugin* mcp_auth_plugin_entry_v1(void) { \
        MCP_AUTH_PLUGIN_ENTRY(CLASS, ID, VERSION, ROLES)                               \
    }

// The same for a provider that is linked into the application: ENTRY is the function's name, for
// mcp_auth::Builtin. Declare it extern "C" where it is used.
#define MCP_AUTH_BUILTIN_PLUGIN(ENTRY, CLASS, ID, VERSION, ROLES) \
    extern "C" const mcp_auth_plugin* ENTRY(void) {               \
        MCP_AUTH_PLUGIN_ENTRY(CLASS, ID, VERSION, ROLES)          \
    }

// The body of both. The literals go into a type, so that all of the descriptor is constant data.
#define MCP_AUTH_PLUGIN_ENTRY(CLASS, ID, VERSION, ROLES)                            \
    struct Identity {                                                               \
        static constexpr std::string_view id() noexcept { return "" ID; }           \
        static constexpr std::string_view version() noexcept { return "" VERSION; } \
        static constexpr std::string_view roles() noexcept { return "" ROLES; }     \
    };                                                                              \
    return ::mcp_auth::plugin::entry<CLASS, Identity>();
