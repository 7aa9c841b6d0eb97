// mcp_auth/id_token.hpp - the user's ID token, checked by the client that is about to send it as
// a subject token (protocol.md D3).
//
//     if (auto checked = plugin::check_id_token(subject->assertion, *idp, call.now()); !checked)
//         return checked.error();
//
// A second line after the host's: a token of another identity provider, or for another client, is
// a stolen or mixed-up one, and the provider would at best refuse it. The signature is the
// provider's to check, who made it. Nothing throws but std::bad_alloc.
#pragma once

#include <mcp_auth/claims.hpp>
#include <mcp_auth/jws.hpp>
#include <mcp_auth/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth::plugin {

namespace detail {

// OpenID Connect Core 2: a string, or an array that contains the client.
inline bool names_audience(const json::Value& payload, std::string_view client_id) {
    const json::Value* aud = payload.find("aud");
    if (aud && aud->is_string()) return *aud->as_string() == client_id;
    const auto audiences = payload.strings("aud");
    return audiences &&
           std::find(audiences->begin(), audiences->end(), client_id) != audiences->end();
}

}  // namespace detail

// That `iss` is the issuer of `client`, the one configured at the identity provider, and `aud`
// names it, and that the token lasts longer than `leeway` seconds, since clocks differ.
// Errors, leg "subject": interaction_required when it has expired, else misconfigured. The message
// shows iss and aud, and nothing else of the token.
inline Result<void> check_id_token(std::string_view id_token, const Client& client,
                                   std::int64_t now, std::int64_t leeway = 60) {
    const auto misconfigured = [](std::string message) {
        return Error(Status::misconfigured, "subject", std::move(message));
    };
    const auto jws = Jws::decode(id_token);
    if (!jws)
        return misconfigured("the identity assertion is no readable ID token (" +
                             jws.error().message +
                             "): check what the configuration's \"subject\" points to");
    const json::Value& payload = jws->payload;

    const json::Value* iss = payload.find("iss");
    if (!iss || !iss->is_string() || *iss->as_string() != client.issuer)
        return misconfigured("the ID token's iss is " + shown(iss) +
                             ", the issuer of client \"idp\" " + shown(client.issuer) +
                             ": it comes from another identity provider, or the spelling differs");
    if (!detail::names_audience(payload, client.client_id))
        return misconfigured("the ID token's aud is " + shown(payload.find("aud")) +
                             " and does not name client \"idp\" " + shown(client.client_id) +
                             ": sign the user in with that client, or configure its id");
    const auto exp = numeric_date(payload.find("exp"));
    if (!exp) return misconfigured("the ID token's exp is no time, so it is no ID token");
    if (*exp - leeway <= now)
        return Error(Status::interaction_required, "subject",
                     "the ID token has expired, or is about to: the user must sign in again");
    return {};
}

}  // namespace mcp_auth::plugin
