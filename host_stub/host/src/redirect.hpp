// Where a redirect leads, and what may go along (RFC 9110 10.2.2, 15.4; protocol.md L2).
#pragma once

#include "url.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>

#include <functional>

namespace mcp_auth::host {

// Whether the answer is one that a GET would follow: 301, 302, 303, 307, 308 with a Location.
bool is_redirect(const HttpResponse& response) noexcept;

// The Location as a URL. Errors: protocol (it cannot be read, or leads to another scheme).
Result<Url> redirect_target(const Url& from, const HttpResponse& response);

// Sends one request to a URL; what it may be sent to is its own to check, each hop anew.
using SendOnce =
    std::function<Result<HttpResponse>(const HttpRequest&, const Url&, const BodyReader&)>;
// Sends by `send`, and follows the redirects of a GET, as many as it allows: `send` gets a request
// that allows none. A redirect's own body is not the reader's. What is not followed is not copied.
// Errors: send's, redirect_target's.
Result<HttpResponse> send_following(const HttpRequest& original, Url url, const BodyReader& reader,
                                    const SendOnce& send);

// To another origin, only headers that say nothing of who asks go along, and no certificate.
void strip_for_other_origin(HttpRequest& request);

}  // namespace mcp_auth::host
