// A form that a client posts to an endpoint of its issuer beside the token endpoint, authenticated
// in the same way: device authorization (RFC 8628 3.1), revocation (RFC 7009 2.1).
#pragma once

#include "client_authentication.hpp"
#include "form_body.hpp"
#include "sent_secrets.hpp"
#include "skewed_clock.hpp"
#include "trace.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>

#include <string_view>

namespace mcp_auth::host {

struct ClientPost {
    std::string_view endpoint;  // member of the issuer's metadata
    std::string_view leg;
    FormFields fields;
};

struct ClientAnswer {
    HttpResponse response;
    SentSecrets sent;
};

// Any thread.
class ClientPosts {
public:
    ClientPosts(HttpTransport& http, SkewedClock& clock, bool allow_http_loopback)
        : http_(http), clock_(clock), allow_http_loopback_(allow_http_loopback) {}

    // Sends once. OK: an answer arrived, whatever its status. Errors: of published_endpoint, of
    // authenticate_client and of the transport.
    Result<ClientAnswer> send(const ClientConfig& client, const ServerMetadata& server,
                              const ClientPost& post, const Trace& trace, const Bounds& bounds);

private:
    HttpTransport& http_;
    SkewedClock& clock_;
    SigningKeys keys_;
    const bool allow_http_loopback_;
};

}  // namespace mcp_auth::host
