#include "dpop.hpp"

#include "ascii_case.hpp"
#include "client_assertion.hpp"
#include "sha256.hpp"

#include <mcp_auth/jws.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t longest_nonce = 1024;
constexpr std::size_t most_origins = 1024;  // discovered ones are a peer's choice

// NQCHAR of RFC 6749 appendix A (RFC 9449 8.1).
bool is_nonce(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_nonce &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) {
        if (!jws_algorithm(name)) continue;  // a peer's words; only what is known is repeated
        out.append(out.empty() ? "" : ", ").append(name);
    }
    return out.empty() ? "none that is known here" : out;
}

}  // namespace

Result<JwsAlgorithm> dpop_algorithm(const DpopTerms& terms,
                                    const std::vector<std::string>* supported,
                                    std::string_view peer, std::string_view leg) {
    if (const auto algorithm = choose_algorithm(*terms.key, terms.algorithm, supported))
        return *algorithm;
    const std::string key = terms.key->description();
    if (!choose_algorithm(*terms.key, terms.algorithm, nullptr))
        return Error(Status::misconfigured, std::string(leg),
                     "the DPoP key is " + key + ", which does not sign the configured " +
                         terms.algorithm +
                         ": correct \"alg\" of the connection's \"dpop\", or "
                         "give a key for it");
    return Error(Status::misconfigured, std::string(leg),
                 std::string(peer) + " accepts DPoP proofs by " + joined(*supported) +
                     " (dpop_signing_alg_values_supported), and the DPoP key is " + key +
                     (terms.algorithm.empty() ? "" : ", for " + terms.algorithm) +
                     ": give another \"alg\" or \"key\" in the connection's \"dpop\"");
}

Result<Secret> make_dpop_proof(const SigningKey& key, JwsAlgorithm algorithm,
                               const DpopRequest& request, Clock& clock) {
    auto header = json::Value::object();
    header.set("typ", "dpop+jwt").set("jwk", key.public_jwk());
    std::string target = request.url.origin();
    target += request.url.path().empty() ? "/" : request.url.path();
    auto claims = json::Value::object();
    claims.set("jti", make_token_id(clock))
        .set("htm", request.method)
        .set("htu", std::move(target))
        .set("iat", clock.wall());
    if (!request.access_token.empty())
        claims.set("ath", base64url_encode(sha256(request.access_token)));
    if (!request.nonce.empty()) claims.set("nonce", request.nonce);
    return key.sign(algorithm, header, claims);
}

std::string_view dpop_nonce_of(const Headers& response_headers) noexcept {
    std::string_view nonce;
    for (const auto& [name, value] : response_headers) {
        if (!equal_ignoring_case(name, "DPoP-Nonce")) continue;
        if (!nonce.empty() || !is_nonce(value)) return {};  // of two, neither is meant
        nonce = value;
    }
    return nonce;
}

std::string DpopNonces::of(const std::string& origin) const {
    const std::lock_guard lock(mutex_);
    const auto known = nonces_.find(origin);
    return known == nonces_.end() ? std::string() : known->second;
}

void DpopNonces::keep(const std::string& origin, std::string_view nonce) {
    if (nonce.empty()) return;
    const std::lock_guard lock(mutex_);
    if (nonces_.size() >= most_origins && nonces_.find(origin) == nonces_.end()) nonces_.clear();
    nonces_.insert_or_assign(origin, std::string(nonce));
}

}  // namespace mcp_auth::host
