#include "oauth_error.hpp"

#include "challenge.hpp"
#include "untrusted_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_code_bytes = 64;
constexpr std::size_t max_description_bytes = 200;
constexpr std::size_t max_acr_values_bytes = 200;
constexpr std::int64_t longest_max_age = 10LL * 365 * 24 * 60 * 60;
constexpr std::string_view unreadable = "(unreadable)";
constexpr std::string_view step_up = "insufficient_user_authentication";

struct Meaning {
    Status status;
    std::string_view what_to_do;
};
struct Rule {
    std::string_view code;
    Meaning meaning;
};

// The same on every grant.
constexpr std::array rules{
    Rule{"invalid_client",
         {Status::misconfigured,
          "the server does not accept this client; check its id, method, secret or key"}},
    Rule{"unsupported_grant_type",
         {Status::misconfigured, "the server does not run this grant for anybody"}},
    Rule{"invalid_dpop_proof",
         {Status::misconfigured,
          "the server wants a DPoP proof, or another one; check \"dpop\" of the connection, and "
          "the clocks"}},
    // What is left of it when it was answered (token_endpoint.cpp).
    Rule{"use_dpop_nonce",
         {Status::protocol,
          "the server wants a nonce in the DPoP proof, and gives none or does not take the one "
          "that it gave"}},
    Rule{"access_denied", {Status::denied, "the enterprise's policy does not allow it"}},
    Rule{"invalid_target",
         {Status::denied, "the server does not issue tokens for this audience or resource"}},
    Rule{"invalid_scope", {Status::denied, "the server does not grant this scope"}},
    Rule{"unauthorized_client",
         {Status::denied,
          "this client may not run this grant; the server's administrator allows it"}},
    Rule{"temporarily_unavailable", {Status::unavailable, "try again later"}},
    Rule{"server_error", {Status::unavailable, "try again later"}},
    Rule{step_up,
         {Status::interaction_required,
          "the user must sign in again, with stronger or fresher "
          "authentication"}},
    // OpenID Connect Core 3.1.2.6; some servers send them from the token endpoint as well.
    Rule{"login_required", {Status::interaction_required, "the user must sign in"}},
    Rule{"interaction_required", {Status::interaction_required, "the user must sign in"}},
    // RFC 8628 3.5.
    Rule{"authorization_pending", {Status::interaction_required, "the user has not signed in yet"}},
    Rule{"slow_down", {Status::interaction_required, "the user has not signed in yet"}},
    Rule{"expired_token",
         {Status::interaction_required, "the user did not sign in in time; start again"}},
    Rule{"consent_required", {Status::interaction_required, "the user must give consent"}},
    Rule{"account_selection_required",
         {Status::interaction_required, "the user must choose an account"}},
    Rule{"unsupported_response_type",
         {Status::misconfigured, "the server gives no authorization codes to anybody"}},
};

Meaning of_refused_grant(Grant grant) noexcept {
    switch (grant) {
    case Grant::token_exchange:
        return {Status::interaction_required,
                "the server does not accept the user's assertion; the user must sign in again"};
    case Grant::authorization_code:
    case Grant::refresh_token:
    case Grant::device_code: return {Status::interaction_required, "the user must sign in again"};
    case Grant::jwt_bearer: return {Status::denied, "the server does not accept the assertion"};
    case Grant::other: break;
    }
    return {Status::denied, "the server does not accept this grant"};
}

Meaning of_refused_request(Grant grant) noexcept {
    // RFC 8693 2.2.2 names invalid_request for a bad subject token, RFC 6749 invalid_grant.
    if (grant == Grant::token_exchange) return of_refused_grant(grant);
    // On the other grants K says nothing; every try would be refused alike until what is sent
    // changes.
    return {Status::misconfigured,
            grant == Grant::jwt_bearer
                ? "the server does not accept a parameter; if it is \"resource\", set "
                  "\"send_resource\": false on the connection"
                : "the server does not accept a parameter of the request"};
}

Meaning meaning_of(std::string_view code, Grant grant, int http_status) noexcept {
    if (http_status == 429) return {Status::unavailable, "there were too many requests"};
    if (code == "invalid_grant") return of_refused_grant(grant);
    if (code == "invalid_request") return of_refused_request(grant);
    for (const Rule& rule : rules)
        if (rule.code == code) return rule.meaning;
    // A web framework's own error page has an `error` too: {"status":500,"error":"Internal ..."}.
    if (http_status >= 500) return {Status::unavailable, "try again later"};
    return {Status::denied, "the server said no, with an error that is not known here"};
}

bool is_error_code(std::string_view code) noexcept {
    return !code.empty() && code.size() <= max_code_bytes &&
           std::all_of(code.begin(), code.end(),
                       [](char c) { return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\'; });
}

std::optional<std::chrono::seconds> max_age_of(const json::Value* value) {
    if (value == nullptr) return std::nullopt;
    auto seconds = value->as_integer().value_or(-1);
    if (const auto* text = value->as_string()) {
        std::int64_t number = -1;
        const auto* const end = text->data() + text->size();
        const auto [stop, fault] = std::from_chars(text->data(), end, number);
        if (fault == std::errc{} && stop == end) seconds = number;
    }
    if (seconds < 0 || seconds > longest_max_age) return std::nullopt;
    return std::chrono::seconds(seconds);
}

// RFC 9470 3 puts them into a challenge; authorization servers also put them into the body.
void add_step_up(const HttpResponse& response, const json::Value* body, Error& error) {
    if (body != nullptr) {
        error.max_age = max_age_of(body->find("max_age"));
        error.acr_values = untrusted_text(body->string("acr_values"), max_acr_values_bytes);
    }
    const auto challenge = read_challenge(response.headers);
    if (!challenge) return;
    if (!error.max_age && challenge->max_age && *challenge->max_age >= 0 &&
        *challenge->max_age <= longest_max_age)
        error.max_age = std::chrono::seconds(*challenge->max_age);
    if (error.acr_values.empty())
        error.acr_values = untrusted_text(challenge->acr_values, max_acr_values_bytes);
}

}  // namespace

bool is_known_oauth_error(std::string_view code) noexcept {
    return code == "invalid_grant" || code == "invalid_request" ||
           std::any_of(rules.begin(), rules.end(),
                       [code](const Rule& rule) { return rule.code == code; });
}

std::optional<std::string> oauth_error_of(const HttpResponse& response, const json::Value* body) {
    const json::Value* error = body != nullptr ? body->find("error") : nullptr;
    if (error != nullptr && !error->is_null()) {
        const auto* text = error->as_string();
        return text != nullptr && is_error_code(*text) ? *text : std::string(unreadable);
    }
    // No other code is read from a challenge: a proxy in front of the server speaks there too.
    const auto challenge = read_challenge(response.headers);
    if (challenge && challenge->error == step_up) return std::string(step_up);
    return std::nullopt;
}

Error classify_oauth_error(const HttpResponse& response, const json::Value* body, std::string code,
                           Grant grant) {
    const Meaning meaning = meaning_of(code, grant, response.status);
    Error error(meaning.status, std::string(leg_of(grant)),
                "answered " + code + " (HTTP " + std::to_string(response.status) +
                    "): " + std::string(meaning.what_to_do));
    error.http_status = response.status;
    if (body != nullptr)
        error.description =
            untrusted_text(body->string("error_description"), max_description_bytes);
    if (code == step_up) add_step_up(response, body, error);
    error.oauth_error = std::move(code);
    return error;
}

Error classify_authorization_error(std::string code, std::string_view description) {
    if (!is_error_code(code)) code = unreadable;
    auto [status, what_to_do] = meaning_of(code, Grant::authorization_code, 0);
    // Here it is the user who was asked, or the server's policy for them.
    if (code == "access_denied") what_to_do = "the user, or the server's policy, said no";
    Error error(status, "authorization", "answered " + code + ": " + std::string(what_to_do));
    error.description = untrusted_text(description, max_description_bytes);
    error.oauth_error = std::move(code);
    return error;
}

}  // namespace mcp_auth::host
