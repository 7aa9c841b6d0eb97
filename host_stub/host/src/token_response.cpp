#include "ascii_case.hpp"
#include "grant.hpp"
#include "http_date.hpp"
#include "oauth_error.hpp"
#include "token_endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr json::Limits limits{64 * 1024, 32};                     // L3
constexpr std::int64_t longest_life = 10LL * 365 * 24 * 60 * 60;  // more is absurd, cut to this

bool is_one_of(std::string_view text, std::string_view characters) noexcept {
    return text.find_first_not_of(characters) == std::string_view::npos;
}

// VSCHAR of RFC 6749 appendix A: no line break, so that no value can end a header or a log line.
bool is_visible(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

// H2: a number, a numeric string, 0 or absent. 0 comes back for the last two.
Result<std::int64_t> lifetime_of(const json::Value* value) {
    const Error not_a_number(Status::protocol, "", "its expires_in is not a number of seconds");
    if (value == nullptr || value->is_null()) return std::int64_t{0};
    std::int64_t seconds = 0;
    if (const auto* text = value->as_string()) {
        const auto* const end = text->data() + text->size();
        const auto [stop, fault] = std::from_chars(text->data(), end, seconds);
        if (stop != end || text->empty()) return not_a_number;
        if (fault != std::errc{}) seconds = text->front() == '-' ? -1 : longest_life;
    } else if (const auto whole = value->as_integer()) {
        seconds = std::min(*whole, longest_life);
    } else if (const auto number = value->as_double()) {
        // Compared before it is converted: what a 64-bit integer cannot hold must not be.
        seconds = *number > static_cast<double>(longest_life) ? longest_life
                  : *number < 0                               ? -1
                                : static_cast<std::int64_t>(std::floor(*number));
    } else {
        return not_a_number;
    }
    if (seconds < 0) return Error(Status::protocol, "", "its expires_in is negative");
    return std::min(seconds, longest_life);
}

// A member that is a string without control characters, or absent.
Result<std::string_view> text_of(const json::Value& body, std::string_view name) {
    const auto* value = body.find(name);
    if (value == nullptr || value->is_null()) return std::string_view{};
    const auto* text = value->as_string();
    if (text == nullptr)
        return Error(Status::protocol, "", "its " + std::string(name) + " is not a string");
    if (!is_visible(*text))
        return Error(Status::protocol, "",
                     "its " + std::string(name) + " has characters that it must not have");
    return std::string_view(*text);
}

// H1. For a token exchange the provider decides what token_type it accepts (E3), since what comes
// back is an assertion and never becomes a header.
Result<void> check_token(const TokenResponse& token, Grant grant) {
    if (token.access_token.empty())
        return Error(Status::protocol, "", "its access_token is missing or empty");
    if (grant == Grant::token_exchange) return {};
    if (!is_b64token(token.access_token.reveal()))
        return Error(
            Status::protocol, "",
            "its access_token has characters that cannot stand in a header (RFC 6750 2.1)");
    if (token.token_type.empty())
        return Error(Status::protocol, "", "its token_type is missing or empty");
    if (!equal_ignoring_case(token.token_type, "bearer") &&
        !equal_ignoring_case(token.token_type, "dpop"))
        return Error(Status::protocol, "", "its token_type is neither Bearer nor DPoP");
    return {};
}

Result<TokenResponse> read_success(const json::Value& body, Grant grant, std::int64_t now) {
    TokenResponse token;
    const auto access_token = text_of(body, "access_token");
    if (!access_token) return access_token.error();
    const auto token_type = text_of(body, "token_type");
    if (!token_type) return token_type.error();
    const auto issued_token_type = text_of(body, "issued_token_type");
    if (!issued_token_type) return issued_token_type.error();
    const auto scope = text_of(body, "scope");
    if (!scope) return scope.error();
    const auto life = lifetime_of(body.find("expires_in"));
    if (!life) return life.error();
    token.access_token = Secret(*access_token);
    token.token_type = *token_type;
    token.issued_token_type = *issued_token_type;
    token.scope = *scope;
    token.expires_at = *life == 0 ? 0 : now + *life;
    // Nobody has to send one here (H5), and one that is malformed is as good as none.
    if (const auto refresh = text_of(body, "refresh_token"); refresh && !refresh->empty())
        token.refresh_token = Secret(*refresh);
    if (auto checked = check_token(token, grant); !checked) return checked.error();
    return token;
}

// A response that is neither a token nor an OAuth error: what its status alone says.
Error without_oauth_error(int http_status, std::string_view fault) {
    const auto answered = "answered HTTP " + std::to_string(http_status);
    if (http_status == 429)
        return {Status::unavailable, "", answered + ": there were too many requests"};
    if (http_status >= 500) return {Status::unavailable, "", answered + ": try again later"};
    if (http_status >= 300 && http_status < 400)
        return {Status::protocol, "",
                answered +
                    ": redirects are not followed here, because the request holds "
                    "credentials; configure the endpoint that it leads to"};
    if (http_status >= 400)
        return {Status::protocol, "",
                answered +
                    " without an OAuth error (RFC 6749 5.2): check that this is the token "
                    "endpoint, and the client's authentication"};
    return {Status::protocol, "", answered + " with a body that " + std::string(fault)};
}

}  // namespace

// RFC 6750 2.1. What passes can stand in an Authorization header (H1).
bool is_b64token(std::string_view text) noexcept {
    static constexpr auto table = [] {
        std::array<bool, 256> all{};
        for (const char c : std::string_view(
                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"))
            all[static_cast<unsigned char>(c)] = true;
        return all;
    }();
    const auto padding = std::min(text.find('='), text.size());
    return padding != 0 &&
           std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(padding),
                       [](char c) { return table[static_cast<unsigned char>(c)]; }) &&
           is_one_of(text.substr(padding), "=");
}

Result<TokenResponse> read_token_response(const HttpResponse& response, std::string_view grant_type,
                                          std::int64_t now) {
    const Grant grant = grant_of(grant_type);
    const auto fail = [&](Error error) {
        error.leg = leg_of(grant);
        error.http_status = response.status;
        if (error.status == Status::unavailable) error.retry_after = retry_after_of(response, now);
        return error;
    };
    const int status = response.status;
    if (status >= 300 && status < 400) return fail(without_oauth_error(status, ""));

    // The parser's own words (an offset, what it expected) quote nothing of the body.
    const auto parsed = json::parse(response.body, limits);
    const json::Value* body = parsed && parsed->is_object() ? &*parsed : nullptr;
    // H3: whatever the status is. A 200 with an `error` is no success.
    if (auto code = oauth_error_of(response, body))
        return fail(classify_oauth_error(response, body, std::move(*code), grant));
    if (status < 200 || status >= 300 || body == nullptr)
        return fail(without_oauth_error(
            status, parsed ? "is not a JSON object" : "is not JSON: " + parsed.error().message));

    auto token = read_success(*body, grant, now);
    if (!token) {
        token.error().message =
            "answered HTTP " + std::to_string(status) + ", but " + token.error().message;
        return fail(std::move(token.error()));
    }
    token->http_status = status;
    token->json = Secret(std::string_view(response.body));
    token->server_date = date_of(response).value_or(0);
    return token;
}

}  // namespace mcp_auth::host
