#include "refresh_token.hpp"

#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/scope.hpp>

namespace mcp_auth::authorization_code {

RefreshToken::RefreshToken(plugin::Call& call, const plugin::TokenRequest& request, bool usable)
    : call_(call), request_(request), entry_(call, "mcp", {"refresh", request.resource}, usable) {}

std::optional<RefreshToken::Kept> RefreshToken::load() {
    const json::Value kept = entry_.load();
    if (kept.string("refresh_token").empty()) return std::nullopt;
    return Kept{call_.keep(std::string(kept.string("refresh_token"))),
                std::string(kept.string("asked")), std::string(kept.string("granted"))};
}

// A refresh gives what was granted, never more (RFC 6749 6). What was asked for and not granted
// would not be granted today either, unless the server demands it now: then the user is asked.
bool RefreshToken::reaches(const Kept& kept) const {
    if (plugin::scope_within(request_.scope, kept.granted)) return true;
    return request_.reason != plugin::Reason::insufficient_scope &&
           plugin::scope_within(request_.scope, kept.asked);
}

Result<std::optional<plugin::TokenResponse>> RefreshToken::use() {
    const plugin::Lease lease(entry_);
    if (!lease.held()) return lease.held().error();
    const auto kept = load();
    if (!kept || !reaches(*kept)) return std::optional<plugin::TokenResponse>();
    return refresh(*kept);
}

Result<std::optional<plugin::TokenResponse>> RefreshToken::refresh(const Kept& kept) {
    plugin::Fields fields{{"grant_type", plugin::grant_refresh_token},
                          {"refresh_token", kept.token}};
    plugin::add_target(fields, request_, {});
    auto response = call_.token_request("mcp", fields);
    if (!response) {
        // The server does not know the client any more. Where the host had registered it, it forgot
        // it with all that was kept for it: the user is asked, for a client that is registered
        // anew.
        if (response.error().oauth_error == "invalid_client" && !load())
            return std::optional<plugin::TokenResponse>();
        // Used up, revoked or expired. Anything else says nothing of the token: it is kept. So it
        // is when no answer came; that it was used up then, the server will say the next time.
        if (!plugin::is_refused_grant(response.error())) return response.error();
        call_.log(plugin::Level::info, "the refresh token was refused and is forgotten");
        entry_.forget();
        return std::optional<plugin::TokenResponse>();
    }
    granted_ = response->scope.empty() ? kept.granted : std::string(response->scope);
    if (!response->refresh_token.empty()) save(response->refresh_token, kept.asked, granted_);
    return std::optional<plugin::TokenResponse>(*response);
}

void RefreshToken::keep(std::string_view token, std::string_view granted) {
    if (token.empty()) return;
    const plugin::Lease lease(entry_);
    if (const auto kept = lease.held() ? load() : std::nullopt;
        kept && plugin::scope_within(granted, kept->granted) &&
        !plugin::scope_within(kept->granted, granted))
        return;
    save(token, request_.scope, granted);
}

void RefreshToken::save(std::string_view token, std::string_view asked, std::string_view granted) {
    entry_.save(json::Value::object()
                    .set("refresh_token", token)
                    .set("asked", asked)
                    .set("granted", granted));
}

}  // namespace mcp_auth::authorization_code
