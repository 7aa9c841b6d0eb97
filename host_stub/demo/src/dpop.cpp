#include "dpop.hpp"

#include "jwt.hpp"

#include <algorithm>
#include <iterator>

namespace mcp_auth::demo {
namespace {

constexpr std::int64_t longest_proof = 60;  // seconds from its `iat`
constexpr std::size_t most_nonces = 64;

Possession invalid(std::string why) {
    return {{}, "invalid_dpop_proof", "DPoP: " + std::move(why)};
}

std::string only_proof(const RecordedRequest& request) {
    std::string proof;
    for (const auto& [name, value] : request.headers) {
        if (!equal_ignoring_case(name, "DPoP")) continue;
        if (!proof.empty()) return "two";
        proof = value;
    }
    return proof;
}

// The key that a proof carries, for an algorithm of ours: a private one is refused.
Key key_of(const Object& header, const std::string& algorithm) {
    const bool known = std::find(std::begin(dpop_algorithms), std::end(dpop_algorithms),
                                 algorithm) != std::end(dpop_algorithms);
    const Object::Ptr jwk = object_member(header, "jwk");
    return known && jwk && !jwk->has("d") ? public_key(*jwk) : nullptr;
}

}  // namespace

// RFC 9449 4.3, in its order.
Possession DpopVerifier::verify(const RecordedRequest& request, const std::string& url,
                                const std::string& access_token) {
    if (!party_.options.dpop) return {};
    const std::string proof = only_proof(request);
    if (proof.empty()) return invalid("a proof is needed");
    const Object::Ptr header = header_of(proof);
    if (!header) return invalid("not one JWT");
    const std::string algorithm = string_member(*header, "alg").value_or("");
    const Key key = key_of(*header, algorithm);
    if (!key) return invalid("alg and jwk are not a public key for an algorithm of ours");
    const auto jwt = verify_jwt(proof, {"dpop+jwt"}, key, algorithm);
    if (!jwt) return invalid(jwt.error().message);
    if (jwt->claim("htm") != request.method) return invalid("htm is another method");
    if (jwt->claim("htu") != url) return invalid("htu is another endpoint");
    const std::int64_t now = party_.now(), issued = jwt->time("iat");
    if (issued > now + clock_tolerance || issued + longest_proof <= now)
        return invalid("iat is not now");
    if (!access_token.empty() && jwt->claim("ath") != base64url(sha256(access_token)))
        return invalid("ath is of another access token");
    if (jwt->claim("jti").empty()) return invalid("jti is missing");
    if (proofs_.shown_before(jwt->claim("jti"), issued + longest_proof + clock_tolerance, now))
        return invalid("jti was shown before");
    // Last: a proof that only lacks the nonce is used up all the same (8).
    if (!take_nonce(jwt->claim("nonce")))
        return {{}, "use_dpop_nonce", "the nonce is missing, spent or expired"};
    return {thumbprint(*object_member(*header, "jwk")), {}, {}};
}

bool DpopVerifier::take_nonce(const std::string& nonce) {
    if (party_.options.dpop_nonces == DpopNonces::none) return true;
    const std::lock_guard lock(mutex_);
    const auto found = std::find(nonces_.begin(), nonces_.end(), nonce);
    if (found == nonces_.end()) return false;
    if (party_.options.dpop_nonces == DpopNonces::single_use) nonces_.erase(found);
    return true;
}

void DpopVerifier::add_nonce(HeaderList& headers) {
    if (!party_.options.dpop || party_.options.dpop_nonces == DpopNonces::none) return;
    const std::lock_guard lock(mutex_);
    if (nonces_.empty() || party_.options.dpop_nonces == DpopNonces::single_use)
        nonces_.push_back(random_text(16));
    if (nonces_.size() > most_nonces) nonces_.pop_front();
    headers.emplace_back("DPoP-Nonce", nonces_.back());
}

void DpopVerifier::expire_nonces() {
    const std::lock_guard lock(mutex_);
    nonces_.clear();
}

Object::Ptr confirmation(const std::string& thumbprint) {
    Object::Ptr claim = new_object();
    claim->set("jkt", thumbprint);
    return claim;
}

std::string bound_to(const Object& claims) {
    const Object::Ptr claim = object_member(claims, "cnf");
    return claim ? string_member(*claim, "jkt").value_or("") : "";
}

Array::Ptr dpop_algorithm_list() {
    return array_of({std::begin(dpop_algorithms), std::end(dpop_algorithms)});
}

}  // namespace mcp_auth::demo
