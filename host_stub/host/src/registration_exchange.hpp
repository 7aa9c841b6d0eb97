// One dynamic registration (RFC 7591): what is asked for, sent, and what the answer means.
#pragma once

#include "config.hpp"
#include "discovery.hpp"
#include "skewed_clock.hpp"
#include "trace.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// What a plugin will use the client for, space separated where there are several.
struct RegistrationRequest {
    std::string redirect_uri;  // empty: none
    std::string grant_types;
    std::string scope;  // empty: the server's default
};

struct RegisteredClient {
    std::string id;
    ClientMethod method = ClientMethod::none;
    Secret secret;                // empty: the method needs none
    std::int64_t expires_at = 0;  // of the secret, Unix seconds; 0: never
    RegistrationRequest asked;
};

class RegistrationExchange {
public:
    RegistrationExchange(HttpTransport& http, SkewedClock& clock) : http_(http), clock_(clock) {}

    // Registers as `client_name` at the server. The request carries no credential (C4). Retries
    // `unavailable` per K2. Errors, leg "registration": misconfigured (the server registers nobody,
    // or not for this: the message says what to do), denied, unavailable, protocol.
    Result<RegisteredClient> run(std::string_view client_name, const RegistrationRequest& asked,
                                 const ServerMetadata& server, const Trace& trace,
                                 const Bounds& bounds);

private:
    Result<RegisteredClient> try_once(const HttpRequest& request, const RegistrationRequest& asked,
                                      ClientMethod method, const ServerMetadata& server,
                                      const Trace& trace, const Bounds& bounds);

    HttpTransport& http_;
    SkewedClock& clock_;
};

// The strongest method that the server lists, a registered client can do, and the grants allow: a
// secret of this client's own protects its grants better than none (RFC 8252 8.4 means secrets
// that many copies of a program share). Without a list client_secret_basic, the default of RFC 8414
// 2 and RFC 7591 2. Errors: misconfigured.
Result<ClientMethod> method_to_register(const RegistrationRequest& asked,
                                        const ServerMetadata& server);

// Reads one answer (RFC 7591 3.2). `method`: what was asked for, where the answer does not say.
Result<RegisteredClient> read_registration(const HttpResponse& response,
                                           const RegistrationRequest& asked, ClientMethod method,
                                           const ServerMetadata& server, std::int64_t now);

}  // namespace mcp_auth::host
