// The receiving side of DPoP (RFC 9449): proofs are verified for real, each is taken once, and
// nonces are given and asked for where the enterprise is set up so.
#pragma once

#include "http.hpp"
#include "party.hpp"
#include "replay_guard.hpp"

#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace mcp_auth::demo {

// What the proof of a request comes to.
struct Possession {
    std::string thumbprint;  // of the key that was proved; empty: none is wanted here
    std::string error;       // "invalid_dpop_proof" or "use_dpop_nonce"; empty: it is good
    std::string description;
};

class DpopVerifier {
public:
    explicit DpopVerifier(const Party& party) : party_(party) {}

    // `url`: what this server calls the endpoint, without a query. With an access token the proof
    // must be for it (`ath`).
    Possession verify(const RecordedRequest& request, const std::string& url,
                      const std::string& access_token = {});
    // A header with the nonce of the next proof, where there are nonces.
    void add_nonce(HeaderList& headers);
    // Every nonce given so far is refused.
    void expire_nonces();

private:
    bool take_nonce(const std::string& nonce);

    const Party& party_;
    ReplayGuard proofs_;
    std::mutex mutex_;
    std::deque<std::string> nonces_;  // that are good; the newest last
};

inline constexpr const char* dpop_algorithms[] = {"ES256", "ES384", "RS256", "PS256"};
// The claim `cnf` of what is bound to a key (RFC 9449 6.1).
Object::Ptr confirmation(const std::string& thumbprint);
// The thumbprint in it; empty: it is bound to none.
std::string bound_to(const Object& claims);
// As metadata has it.
Array::Ptr dpop_algorithm_list();

}  // namespace mcp_auth::demo
