// The inline half of plugin.hpp; include that.
#pragma once

#include <mcp_auth/detail/abi_values.hpp>
#include <mcp_auth/detail/trampoline.hpp>
#include <mcp_auth/plugin.hpp>

namespace mcp_auth::plugin {
namespace detail {

template <class Service>
const Service* service(const mcp_auth_host* host, std::string_view id) noexcept {
    return static_cast<const Service*>(host->service(host, to_abi(id)));
}

inline Error missing(std::string_view id) {
    return Error(Status::misconfigured, "host",
                 "this host has no service " + std::string(id) + ", which the plugin needs");
}

// Pointers only: no copy of a secret is made on the way.
inline std::vector<mcp_auth_field> to_abi(const Fields& fields) {
    std::vector<mcp_auth_field> all;
    all.reserve(fields.size());
    for (const Field& field : fields) all.push_back({to_abi(field.first), to_abi(field.second)});
    return all;
}

inline void log(const mcp_auth_host* host, mcp_auth_call* call, Level level, std::string_view event,
                const Fields& fields) noexcept {
    const auto* log = service<mcp_auth_log_v1>(host, MCP_AUTH_SERVICE_LOG);
    if (!log) return;
    std::vector<mcp_auth_field> all;
    guarded([&] { all = to_abi(fields); });  // out of memory: the event alone
    log->write(call, static_cast<std::uint32_t>(level), to_abi(event), {all.data(), all.size()});
}

inline std::int64_t now(const mcp_auth_host* host, mcp_auth_call* call) noexcept {
    return service<mcp_auth_clock_v1>(host, MCP_AUTH_SERVICE_CLOCK)->wall(call);
}

inline mcp_auth_assertion_request to_abi(const AssertionRequest& request) noexcept {
    auto out = sized<mcp_auth_assertion_request>();
    out.reason = static_cast<mcp_auth_reason>(request.reason);
    out.audience = to_abi(request.audience);
    out.resource = to_abi(request.resource);
    out.scope = to_abi(request.scope);
    out.client_id = to_abi(request.client_id);
    out.dpop_jkt = to_abi(request.dpop_jkt);
    return out;
}

template <class List>
std::string joined(const List& words) {
    std::string all;
    for (const auto& word : words) {
        if (!all.empty()) all += ' ';
        all += word;
    }
    return all;
}

}  // namespace detail

inline bool Host::has(std::string_view service_id) const noexcept {
    return detail::service<void>(host_, service_id) != nullptr;
}

inline Result<void> Host::require(std::initializer_list<std::string_view> service_ids) const {
    for (const std::string_view id : service_ids)
        if (!has(id)) return detail::missing(id);
    return {};
}

inline void Host::log(Level level, std::string_view event, const Fields& fields) const noexcept {
    detail::log(host_, nullptr, level, event, fields);
}

inline std::int64_t Host::now() const noexcept {
    return detail::now(host_, nullptr);
}

// One call of a service: `invoke(table, failure)` returns its status.
template <class Service, class Invoke>
Result<void> Call::ask(std::string_view id, Invoke invoke) {
    if (!over_) return over_;
    const auto* table = detail::service<Service>(host_, id);
    if (!table) return detail::missing(id);
    auto failure = detail::sized<mcp_auth_failure>();
    const mcp_auth_status status = invoke(*table, &failure);
    if (status == MCP_AUTH_OK) return {};
    Result<void> asked = detail::to_error(status, failure);
    if (status == MCP_AUTH_CANCELLED || status == MCP_AUTH_DEADLINE) over_ = asked;
    return asked;
}

inline std::string_view Call::keep(std::string text) {
    kept_.emplace_back(std::move(text));
    return kept_.back().reveal();
}

inline void Call::log(Level level, std::string_view event, const Fields& fields) const noexcept {
    detail::log(host_, call_, level, event, fields);
}

inline std::int64_t Call::now() const noexcept {
    return detail::now(host_, call_);
}

inline void Call::random(void* bytes, std::size_t size) const noexcept {
    detail::service<mcp_auth_clock_v1>(host_, MCP_AUTH_SERVICE_CLOCK)->random(call_, bytes, size);
}

inline Result<void> Call::sleep(std::chrono::milliseconds duration) {
    return ask<mcp_auth_clock_v1>(MCP_AUTH_SERVICE_CLOCK, [&](const auto& clock, auto* failure) {
        return clock.sleep(call_, duration.count(), failure);
    });
}

inline Result<Client> Call::client(const ClientRequest& request) {
    auto in = detail::sized<mcp_auth_client_request>();
    in.name = detail::to_abi(request.name);
    in.redirect_uri = detail::to_abi(request.redirect_uri);
    in.grant_types = detail::to_abi(request.grant_types);
    in.scope = detail::to_abi(request.scope);
    auto out = detail::sized<mcp_auth_client>();
    auto asked = ask<mcp_auth_oauth_v1>(
        MCP_AUTH_SERVICE_OAUTH,
        [&](const auto& oauth, auto* failure) { return oauth.client(call_, &in, &out, failure); });
    if (!asked) return asked.error();
    return Client{detail::view(out.client_id), detail::view(out.issuer), detail::view(out.metadata),
                  detail::view(out.dpop_jkt)};
}

inline Result<TokenResponse> Call::token_request(std::string_view client, const Fields& fields) {
    const auto all = detail::to_abi(fields);
    auto out = detail::sized<mcp_auth_token_response>();
    auto asked =
        ask<mcp_auth_oauth_v1>(MCP_AUTH_SERVICE_OAUTH, [&](const auto& oauth, auto* failure) {
            return oauth.token_request(call_, detail::to_abi(client), {all.data(), all.size()},
                                       &out, failure);
        });
    if (!asked) return asked.error();
    return TokenResponse{out.http_status,
                         detail::view(out.json),
                         detail::view(out.access_token),
                         detail::view(out.token_type),
                         detail::view(out.issued_token_type),
                         detail::view(out.refresh_token),
                         detail::view(out.scope),
                         out.expires_at};
}

inline Result<Subject> Call::subject_of(const std::string& accepted) {
    auto out = detail::sized<mcp_auth_subject>();
    auto asked =
        ask<mcp_auth_subject_v1>(MCP_AUTH_SERVICE_SUBJECT, [&](const auto& subject, auto* failure) {
            return subject.get(call_, detail::to_abi(std::string_view(accepted)), &out, failure);
        });
    if (!asked) return asked.error();
    return Subject{detail::view(out.assertion), detail::view(out.token_type), out.expires_at};
}

inline Result<Subject> Call::subject(std::initializer_list<std::string_view> accepted) {
    return subject_of(detail::joined(accepted));
}

inline Result<Subject> Call::subject(const std::vector<std::string>& accepted) {
    return subject_of(detail::joined(accepted));
}

inline Result<Assertion> Call::peer_assertion(std::string_view provider,
                                              const AssertionRequest& request) {
    const auto in = detail::to_abi(request);
    auto out = detail::sized<mcp_auth_assertion>();
    auto asked = ask<mcp_auth_peer_v1>(MCP_AUTH_SERVICE_PEER, [&](const auto& peer, auto* failure) {
        return peer.assertion(call_, detail::to_abi(provider), &in, &out, failure);
    });
    if (!asked) return asked.error();
    return Assertion{detail::view(out.assertion), detail::view(out.token_type),
                     detail::view(out.issuer), detail::view(out.scope), out.expires_at};
}

inline Result<std::string_view> Call::load(std::string_view client, std::string_view key) {
    mcp_auth_str value{nullptr, 0};
    auto asked =
        ask<mcp_auth_store_v1>(MCP_AUTH_SERVICE_STORE, [&](const auto& store, auto* failure) {
            return store.get(call_, detail::to_abi(client), detail::to_abi(key), &value, failure);
        });
    if (!asked) return asked.error();
    return detail::view(value);
}

inline Result<void> Call::save(std::string_view client, std::string_view key,
                               std::string_view value, std::int64_t expires_at) {
    return ask<mcp_auth_store_v1>(MCP_AUTH_SERVICE_STORE, [&](const auto& store, auto* failure) {
        return store.put(call_, detail::to_abi(client), detail::to_abi(key), detail::to_abi(value),
                         expires_at, failure);
    });
}

inline Result<void> Call::lease(std::string_view client, std::string_view key) {
    return ask<mcp_auth_store_v1>(MCP_AUTH_SERVICE_STORE, [&](const auto& store, auto* failure) {
        return store.lease(call_, detail::to_abi(client), detail::to_abi(key), failure);
    });
}

inline void Call::release(std::string_view client, std::string_view key) noexcept {
    const auto* store = detail::service<mcp_auth_store_v1>(host_, MCP_AUTH_SERVICE_STORE);
    if (store) store->release(call_, detail::to_abi(client), detail::to_abi(key));
}

inline Result<HttpResponse> Call::http(const HttpRequest& request) {
    const auto headers = detail::to_abi(request.headers);
    auto in = detail::sized<mcp_auth_http_request>();
    in.method = detail::to_abi(request.method);
    in.url = detail::to_abi(request.url);
    in.headers = {headers.data(), headers.size()};
    in.body = detail::to_abi(request.body);
    auto out = detail::sized<mcp_auth_http_response>();
    auto asked = ask<mcp_auth_http_v1>(MCP_AUTH_SERVICE_HTTP, [&](const auto& http, auto* failure) {
        return http.send(call_, &in, &out, failure);
    });
    if (!asked) return asked.error();
    HttpResponse response{out.status, {}, detail::view(out.body)};
    for (std::size_t i = 0; i < out.headers.count; ++i)
        response.headers.emplace_back(detail::view(out.headers.ptr[i].name),
                                      detail::view(out.headers.ptr[i].value));
    return response;
}

inline Result<BrowserFlow> Call::browser_begin(std::string_view client) {
    auto out = detail::sized<mcp_auth_browser_flow>();
    auto asked =
        ask<mcp_auth_browser_v1>(MCP_AUTH_SERVICE_BROWSER, [&](const auto& browser, auto* failure) {
            return browser.begin(call_, detail::to_abi(client), &out, failure);
        });
    if (!asked) return asked.error();
    return BrowserFlow{detail::view(out.redirect_uri), detail::view(out.code_challenge),
                       detail::view(out.state)};
}

inline Result<BrowserAnswer> Call::browser_finish(std::string_view url) {
    auto out = detail::sized<mcp_auth_browser_answer>();
    auto asked =
        ask<mcp_auth_browser_v1>(MCP_AUTH_SERVICE_BROWSER, [&](const auto& browser, auto* failure) {
            return browser.finish(call_, detail::to_abi(url), &out, failure);
        });
    if (!asked) return asked.error();
    return BrowserAnswer{detail::view(out.code), detail::view(out.code_verifier)};
}

inline Result<Token> Provider::acquire(Call&, const TokenRequest&) {
    return Error(Status::unsupported, "provider", "this provider hands out no access tokens");
}

inline Result<Assertion> Provider::assertion(Call&, const AssertionRequest&) {
    return Error(Status::unsupported, "provider", "this provider hands out no assertions");
}

}  // namespace mcp_auth::plugin
