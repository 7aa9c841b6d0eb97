// Signatures as JOSE has them (RFC 7518 3): ES256, ES384, RS256 and PS256, and what each wants of a
// key. All four by OpenSSL's EVP: Poco's JWT knows neither PS256 nor JSON Web Keys, and two ways to
// sign would be one too many.
#pragma once

#include "openssl_owned.hpp"

#include <mcp_auth/result.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

enum class JwsAlgorithm { es256, es384, rs256, ps256 };
inline constexpr std::array<JwsAlgorithm, 4> jws_algorithms{
    JwsAlgorithm::es256, JwsAlgorithm::es384, JwsAlgorithm::rs256, JwsAlgorithm::ps256};

std::string_view to_string(JwsAlgorithm algorithm) noexcept;
// Nothing for any other name, "none" and HS256 among them. Case counts (RFC 7515 4.1.1).
std::optional<JwsAlgorithm> jws_algorithm(std::string_view name) noexcept;

// What a key of this kind can do, the usual first: ES256 for P-256, ES384 for P-384, RS256 and
// PS256 for RSA. Empty: none of it.
std::vector<JwsAlgorithm> algorithms_of(const EVP_PKEY* key);
// For a person: "an RSA key of 2048 bits", "an EC key on P-256". Nothing secret.
std::string described(const EVP_PKEY* key);
// RFC 7518 3.3 and 3.5 want 2048 bits of RSA. More than 8192 would only cost time, and a peer's key
// could be made to.
bool is_of_fair_size(const EVP_PKEY* key) noexcept;

// The raw signature: of ECDSA both numbers at full length (RFC 7518 3.4), not ASN.1. Any thread.
// Errors: internal, the leg left empty.
Result<std::string> sign(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view input);
// Whether it is this key's signature of `input` by exactly this algorithm.
bool verify(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view input,
            std::string_view signature);

}  // namespace mcp_auth::host
