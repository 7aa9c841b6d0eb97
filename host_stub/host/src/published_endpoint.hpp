// Endpoints that only single sign-on asks for: of an issuer's validated metadata, and fit to get a
// credential (protocol.md L1). A server that nobody signs in at may publish what it likes.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::host {

// `document`: the metadata, or a part of it that holds endpoints. Errors, leg "server_metadata":
// protocol (absent, not a URL), misconfigured (plain http, and `allow_http_loopback` does not cover
// it).
Result<std::string> published_endpoint(const std::string& issuer, const json::Value& document,
                                       std::string_view name, bool allow_http_loopback);

}  // namespace mcp_auth::host
