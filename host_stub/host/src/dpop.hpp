// Proof of possession (RFC 9449; protocol.md J): what a connection's tokens are bound to, the
// proofs that show it, and the nonces that servers want in them.
#pragma once

#include "signing_key.hpp"
#include "url.hpp"

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

// What one connection proves, and where it must. Without a key it proves nothing.
struct DpopTerms {
    std::shared_ptr<const SigningKey> key;
    std::string algorithm;  // configured; empty: what key and server have in common
    bool required = false;  // J4: a token that is not bound is not used

    explicit operator bool() const noexcept { return key != nullptr; }
    std::string_view thumbprint() const noexcept {
        return key ? std::string_view(key->thumbprint()) : std::string_view();
    }
};

// How to sign for a peer that lists `supported` (null: it lists none). Errors: misconfigured, leg
// as given, naming what key and peer can.
Result<JwsAlgorithm> dpop_algorithm(const DpopTerms& terms,
                                    const std::vector<std::string>* supported,
                                    std::string_view peer, std::string_view leg);

struct DpopRequest {
    std::string_view method;        // `htm`
    const Url& url;                 // `htu` is this without its query (4.2)
    std::string_view access_token;  // empty: none is shown, and there is no `ath`
    std::string_view nonce;         // empty: the server has given none
};

// A proof for this one request: its `jti` is new, and a second server or method cannot use it.
// Errors: internal, the leg left empty.
Result<Secret> make_dpop_proof(const SigningKey& key, JwsAlgorithm algorithm,
                               const DpopRequest& request, Clock& clock);

// The nonce that a response gives for the next proof (8.2); empty if it gives none, or one that no
// nonce may be.
std::string_view dpop_nonce_of(const Headers& response_headers) noexcept;

// Nonces of authorization servers, by origin. What a resource server gives is another thing, even
// where it has the same origin (9): its connection keeps it. Any thread.
class DpopNonces {
public:
    std::string of(const std::string& origin) const;
    void keep(const std::string& origin, std::string_view nonce);  // empty: nothing happens

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> nonces_;
};

}  // namespace mcp_auth::host
