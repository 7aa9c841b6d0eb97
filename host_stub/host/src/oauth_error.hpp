// What an OAuth error at a token endpoint, or of an authorization response, means to the
// application (RFC 6749 5.2, 4.1.2.1; protocol.md K).
#pragma once

#include "grant.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// The `error` of a response, from its body (null: it is no JSON), else of an
// insufficient_user_authentication challenge; nothing if it has none. A value that is not what
// RFC 6749 5.2 allows comes back as "(unreadable)".
std::optional<std::string> oauth_error_of(const HttpResponse& response, const json::Value* body);

// Whether a specification has this code, so that it is no word of the request's.
bool is_known_oauth_error(std::string_view code) noexcept;

// The Error of a response that has that `code`: status by K and grant, stripped description,
// max_age and acr_values (RFC 9470) from the body or the challenge.
Error classify_oauth_error(const HttpResponse& response, const json::Value* body, std::string code,
                           Grant grant);

// The Error of an authorization response (RFC 6749 4.1.2.1), leg "authorization". `description` is
// stripped here.
Error classify_authorization_error(std::string code, std::string_view description);

}  // namespace mcp_auth::host
