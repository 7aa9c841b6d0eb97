// One request and its answer on a connection that stands (RFC 9112).
#pragma once

#include "io_limit.hpp"
#include "stream.hpp"
#include "url.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <string_view>

namespace mcp_auth::host {

// Errors: invalid_argument (a method, header name or value that would not stay in its place, or a
// header that the client sets by itself: Host, Content-Length, Connection and the like).
Result<void> check_request(const HttpRequest& request);

// What goes on the wire. It may hold a credential. The target is the URL's own bytes.
Secret request_bytes(const HttpRequest& request, const Url& url);

struct Exchange {
    HttpResponse response;
    bool reusable = false;  // the answer was read to its end, and the peer keeps the connection
};

// Writes the request and reads the answer; interim answers are skipped (RFC 9110 15.2).
// `anything_arrived` tells, after a failure, whether the peer had begun to answer.
// Errors: as HttpTransport::send.
Result<Exchange> exchange(Stream& stream, const Secret& bytes, const HttpRequest& request,
                          const BodyReader& reader, IoLimit& limit, bool& anything_arrived);

}  // namespace mcp_auth::host
