#include "sent_secrets.hpp"

#include "ascii_case.hpp"
#include "form_query.hpp"
#include "oauth_error.hpp"
#include "url.hpp"

#include <mcp_auth/host/echo.hpp>
#include <mcp_auth/jws.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t least_piece = 8;

// What a server's words may name. A field that is not here is a secret until somebody says
// otherwise.
bool is_public_field(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 14> names{"acr_values",
                                                     "actor_token_type",
                                                     "audience",
                                                     "client_assertion_type",
                                                     "client_id",
                                                     "grant_type",
                                                     "max_age",
                                                     "redirect_uri",
                                                     "requested_token_type",
                                                     "resource",
                                                     "response_type",
                                                     "scope",
                                                     "subject_token_type",
                                                     "token_type_hint"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_public_header(std::string_view name) noexcept {
    return equal_ignoring_case(name, "Accept") || equal_ignoring_case(name, "Content-Type");
}

bool has_form(const HttpRequest& request) noexcept {
    constexpr std::string_view form = "application/x-www-form-urlencoded";
    return std::any_of(request.headers.begin(), request.headers.end(), [form](const auto& header) {
        return equal_ignoring_case(header.first, "Content-Type") &&
               equal_ignoring_case(std::string_view(header.second).substr(0, form.size()), form);
    });
}

}  // namespace

bool repeats_any_of(std::string_view text, std::string_view secret) noexcept {
    return repeats(text, secret) ||
           (text.size() >= least_piece && secret.find(text) != secret.npos);
}

SentSecrets::SentSecrets(const Headers& headers) {
    for (const auto& [name, value] : headers) {
        if (is_public_header(name)) continue;
        add(value);
        const auto space = std::min(value.find(' '), value.size());
        const auto behind_scheme = std::string_view(value).substr(space);
        if (behind_scheme.empty()) continue;
        add(behind_scheme.substr(1));
        if (equal_ignoring_case(std::string_view(value).substr(0, space), "Basic"))
            add_basic(behind_scheme.substr(1));
    }
}

SentSecrets::SentSecrets(const HttpRequest& request) : SentSecrets(request.headers) {
    if (const auto url = Url::parse(request.url)) add_form(url->query());
    if (has_form(request))
        add_form(request.body);
    else
        add_encoded(request.body);
}

void SentSecrets::add(std::string_view value) {
    if (!value.empty()) all_.emplace_back(value);
}

void SentSecrets::add_encoded(std::string_view value) {
    add(value);
    if (auto decoded = form_decoded(value)) all_.emplace_back(std::move(*decoded));
}

// RFC 7617 2; the id is no secret.
void SentSecrets::add_basic(std::string_view base64) {
    std::string digits(base64.substr(0, base64.find('=')));
    const WipedAtEnd wiped(digits);
    std::replace(digits.begin(), digits.end(), '+', '-');
    std::replace(digits.begin(), digits.end(), '/', '_');
    auto pair = base64url_decode(digits);
    if (!pair) return;
    const WipedAtEnd wiped_too(*pair);
    add_encoded(std::string_view(*pair).substr(pair->find(':') + 1));
}

void SentSecrets::add_form(std::string_view form) {
    while (!form.empty()) {
        const auto field = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(form.size(), field.size() + 1));
        const auto equals = field.find('=');
        if (!is_public_field(field.substr(0, equals))) add_encoded(field.substr(equals + 1));
    }
}

bool SentSecrets::repeated_in(std::string_view text) const noexcept {
    return std::any_of(all_.begin(), all_.end(), [text](const Secret& secret) {
        return repeats_any_of(text, secret.reveal());
    });
}

void SentSecrets::withhold_in(Error& error) const {
    if (repeated_in(error.description)) error.description = withheld;
    if (repeated_in(error.acr_values)) error.acr_values.clear();
    if (!is_known_oauth_error(error.oauth_error) && repeated_in(error.oauth_error)) {
        error.oauth_error = "(withheld)";
        error.message = "answered with an error code that repeats a part of the request";
    }
}

}  // namespace mcp_auth::host
