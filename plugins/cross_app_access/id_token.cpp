#include "id_token.hpp"

#include "claims.hpp"

#include <mcp_auth/jws.hpp>

#include <algorithm>
#include <string>

namespace mcp_auth::cross_app_access {

namespace {

Error misconfigured(std::string message) {
    return {Status::misconfigured, "subject", std::move(message)};
}

// OpenID Connect Core 2: a string, or an array that contains the client.
bool names_audience(const json::Value& payload, std::string_view client_id) {
    const json::Value* aud = payload.find("aud");
    if (aud && aud->is_string()) return *aud->as_string() == client_id;
    const auto audiences = payload.strings("aud");
    return audiences &&
           std::find(audiences->begin(), audiences->end(), client_id) != audiences->end();
}

}  // namespace

Result<void> check_id_token(std::string_view id_token, const ExpectedIdToken& expected) {
    const auto jws = Jws::decode(id_token);
    if (!jws)
        return misconfigured("the identity assertion is no readable ID token (" +
                             jws.error().message +
                             "): check what the configuration's \"subject\" points to");
    const json::Value& payload = jws->payload;

    const json::Value* iss = payload.find("iss");
    if (!iss || !iss->is_string() || *iss->as_string() != expected.issuer)
        return misconfigured("the ID token's iss is " + shown(iss) +
                             ", the issuer of client \"idp\" " + shown(expected.issuer) +
                             ": it comes from another identity provider, or the spelling differs");
    if (!names_audience(payload, expected.client_id))
        return misconfigured("the ID token's aud is " + shown(payload.find("aud")) +
                             " and does not name client \"idp\" " + shown(expected.client_id) +
                             ": sign the user in with that client, or configure its id");
    const auto exp = numeric_date(payload.find("exp"));
    if (!exp) return misconfigured("the ID token's exp is no time, so it is no ID token");
    if (*exp - expected.leeway <= expected.now)
        return Error(Status::interaction_required, "subject",
                     "the ID token has expired, or is about to: the user must sign in again");
    return {};
}

}  // namespace mcp_auth::cross_app_access
