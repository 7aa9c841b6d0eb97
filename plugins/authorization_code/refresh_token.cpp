#include "refresh_token.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/scope.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <utility>

namespace mcp_auth::authorization_code {

namespace {

constexpr std::string_view client = "mcp";

// Two parts, and no two lists of parts with one spelling.
std::string key_of(std::string_view resource) {
    json::Value key = json::Value::array();
    key.push("refresh").push(resource);
    return key.dump();
}

// Exclusive until the end of a block: two who refresh at once would lose each other's rotation.
class Lease {
public:
    Lease(plugin::Call& call, std::string_view key)
        : call_(call), key_(key), held_(call.lease(client, key)) {}
    ~Lease() {
        if (held_) call_.release(client, key_);
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    const Result<void>& held() const noexcept { return held_; }

private:
    plugin::Call& call_;
    const std::string_view key_;
    const Result<void> held_;
};

}  // namespace

RefreshToken::RefreshToken(plugin::Call& call, const plugin::TokenRequest& request, bool usable)
    : call_(call), request_(request), key_(key_of(request.resource)), usable_(usable) {}

std::optional<RefreshToken::Entry> RefreshToken::load() {
    const auto value = call_.load(client, key_);
    if (!value) {
        call_.log(plugin::Level::warning, "the store could not be read");
        return std::nullopt;
    }
    if (value->empty()) return std::nullopt;
    const auto kept = json::parse(*value);
    if (!kept || kept->string("refresh_token").empty()) return std::nullopt;
    return Entry{call_.keep(std::string(kept->string("refresh_token"))),
                 std::string(kept->string("asked")), std::string(kept->string("granted"))};
}

// A refresh gives what was granted, never more (RFC 6749 6). What was asked for and not granted
// would not be granted today either, unless the server demands it now: then the user is asked.
bool RefreshToken::reaches(const Entry& entry) const {
    if (plugin::scope_within(request_.scope, entry.granted)) return true;
    return request_.reason != plugin::Reason::insufficient_scope &&
           plugin::scope_within(request_.scope, entry.asked);
}

Result<std::optional<plugin::TokenResponse>> RefreshToken::use() {
    if (!usable_) return std::optional<plugin::TokenResponse>();
    const Lease lease(call_, key_);
    if (!lease.held()) return lease.held().error();
    const auto entry = load();
    if (!entry || !reaches(*entry)) return std::optional<plugin::TokenResponse>();
    return refresh(*entry);
}

Result<std::optional<plugin::TokenResponse>> RefreshToken::refresh(const Entry& entry) {
    plugin::Fields fields{{"grant_type", plugin::grant_refresh_token},
                          {"refresh_token", entry.token}};
    if (!request_.omit_resource) fields.emplace_back("resource", request_.resource);
    auto response = call_.token_request(client, fields);
    if (!response) {
        // The server does not know the client any more. Where the host had registered it, it forgot
        // it with all that was kept for it: the user is asked, for a client that is registered
        // anew.
        if (response.error().oauth_error == "invalid_client" && !load())
            return std::optional<plugin::TokenResponse>();
        // Used up, revoked or expired. Anything else says nothing of the token: it is kept. So it
        // is when no answer came; that it was used up then, the server will say the next time.
        if (response.error().status == Status::unavailable ||
            response.error().oauth_error != "invalid_grant")
            return response.error();
        call_.log(plugin::Level::info, "the refresh token was refused and is forgotten");
        save({}, {}, {});
        return std::optional<plugin::TokenResponse>();
    }
    granted_ = response->scope.empty() ? entry.granted : std::string(response->scope);
    if (!response->refresh_token.empty()) save(response->refresh_token, entry.asked, granted_);
    return std::optional<plugin::TokenResponse>(*response);
}

void RefreshToken::keep(std::string_view token, std::string_view granted) {
    if (!usable_ || token.empty()) return;
    const Lease lease(call_, key_);
    if (const auto kept = lease.held() ? load() : std::nullopt;
        kept && plugin::scope_within(granted, kept->granted) &&
        !plugin::scope_within(kept->granted, granted))
        return;
    save(token, request_.scope, granted);
}

void RefreshToken::save(std::string_view token, std::string_view asked, std::string_view granted) {
    std::string text;
    if (!token.empty()) {
        json::Value kept = json::Value::object();
        kept.set("refresh_token", token).set("asked", asked).set("granted", granted);
        text = kept.dump();
    }
    if (const auto saved = call_.save(client, key_, call_.keep(std::move(text)), 0); !saved)
        call_.log(plugin::Level::warning, "the store could not be written");
}

}  // namespace mcp_auth::authorization_code
