// One request at a token endpoint, and what its answer means (RFC 6749 5; protocol.md G-H, K, L).
#pragma once

#include "client_authentication.hpp"
#include "discovery.hpp"
#include "dpop.hpp"
#include "signing_keys.hpp"
#include "skewed_clock.hpp"
#include "trace.hpp"

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string>

namespace mcp_auth::host {

struct TokenResponse {
    int http_status = 0;
    Secret json;  // the whole body
    Secret access_token, refresh_token;
    std::string token_type, issued_token_type, scope;
    std::int64_t expires_at =
        0;  // H2: absolute, Unix seconds as the server's clock has them; 0: absent
    std::int64_t server_date = 0;  // of the Date header; 0: none (for skew)
};

class TokenEndpoint {
public:
    TokenEndpoint(HttpTransport& http, SkewedClock& clock) : http_(http), clock_(clock) {}

    // Sends `fields` (in order, a repeated name repeated) as `client` to the server's token
    // endpoint. Leg by grant_type: "exchange", "redemption", else "token". Retries `unavailable`
    // per K2 (3 tries, jitter, Retry-After, within the deadline), but never a code or a refresh
    // token. Errors: by K, classified by grant; the OAuth error, stripped description,
    // retry-after, max_age and acr_values are in the Error.
    // With `dpop`, a proof goes along; a nonce that the server asks for is given once, whatever the
    // grant: what it refused for want of one, it has not carried out (J3, K2).
    Result<TokenResponse> request(const ClientConfig& client, const ServerMetadata& server,
                                  const std::vector<std::pair<std::string, Secret>>& fields,
                                  const Trace& trace, const Bounds& bounds,
                                  const DpopTerms& dpop = {});
    // Whether such a request could be made: the secret or the key is there and fits, the server
    // lists the method and the algorithms. Sends nothing; for whoever would bother a person first.
    Result<void> ready(const ClientConfig& client, const ServerMetadata& server,
                       const Bounds& bounds, const DpopTerms& dpop = {});
    // Where every signing key of this host is read.
    SigningKeys& keys() noexcept { return keys_; }

private:
    HttpTransport& http_;
    SkewedClock& clock_;
    SigningKeys keys_;
    DpopNonces nonces_;
};

// Reads one answer, for tests and for the endpoint. H1, H3; K by grant type.
Result<TokenResponse> read_token_response(const HttpResponse& response, std::string_view grant_type,
                                          std::int64_t now);

// RFC 6750 2.1: what may stand in an Authorization header as a token (H1).
bool is_b64token(std::string_view text) noexcept;

}  // namespace mcp_auth::host
