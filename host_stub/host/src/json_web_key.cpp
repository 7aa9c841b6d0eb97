#include "json_web_key.hpp"

#include "jws_signature.hpp"
#include "key_from_numbers.hpp"
#include "sha256.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/secret.hpp>

#include <openssl/core_names.h>
#include <openssl/objects.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {
namespace {

constexpr std::size_t most_number_bytes = 1024;  // 8192 bits of RSA

struct Curve {
    const char* name;
    int nid;
    std::size_t bytes;  // of a coordinate
};
constexpr Curve curves[] = {{"P-256", NID_X9_62_prime256v1, 32}, {"P-384", NID_secp384r1, 48}};

Error unusable(std::string why) {
    return {Status::misconfigured, "", "the JSON Web Key " + std::move(why)};
}

// A member in base64url, as a Secret from the start: it may be the private number.
std::optional<Secret> member(const json::Value& jwk, std::string_view name) {
    auto decoded = base64url_decode(jwk.string(name));
    if (!decoded) return std::nullopt;
    Secret bytes(*std::move(decoded));
    if (bytes.empty() || bytes.size() > most_number_bytes) return std::nullopt;
    return bytes;
}

Result<OwnedKey> made(OwnedKey key) {
    if (!key) return unusable("has numbers that make no key");
    return key;
}

Result<OwnedKey> read_ec(const json::Value& jwk, bool with_private) {
    const auto* const curve =
        std::find_if(std::begin(curves), std::end(curves),
                     [&](const Curve& row) { return jwk.string("crv") == row.name; });
    if (curve == std::end(curves)) return unusable("is on another curve than P-256 and P-384");
    const auto x = member(jwk, "x"), y = member(jwk, "y"), d = member(jwk, "d");
    if (!x || !y || x->size() != curve->bytes || y->size() != curve->bytes)
        return unusable("has no \"x\" and \"y\" of its curve's length");
    if (with_private && (!d || d->size() != curve->bytes))
        return unusable("has no \"d\" of its curve's length");
    std::string point("\x04");  // uncompressed (SEC 1 2.3.3)
    point.append(x->reveal()).append(y->reveal());
    const Secret none;
    return made(ec_key(curve->nid, point, with_private ? *d : none));
}

// RFC 7518 6.3.2: without the factors, or with all that belongs to them.
Result<void> add_factors(const json::Value& jwk, RsaNumbers& numbers) {
    const std::pair<const char*, Secret*> factors[] = {{"p", &numbers.p},
                                                       {"q", &numbers.q},
                                                       {"dp", &numbers.dp},
                                                       {"dq", &numbers.dq},
                                                       {"qi", &numbers.qi}};
    const bool any = std::any_of(std::begin(factors), std::end(factors), [&](const auto& factor) {
        return jwk.find(factor.first) != nullptr;
    });
    if (jwk.find("oth") != nullptr) return unusable("has more than two primes");
    if (!any) return {};
    for (const auto& [name, number] : factors) {
        auto read = member(jwk, name);
        if (!read)
            return unusable("has some of \"p\", \"q\", \"dp\", \"dq\" and \"qi\", but not all");
        *number = *std::move(read);
    }
    return {};
}

Result<OwnedKey> read_rsa(const json::Value& jwk, bool with_private) {
    auto n = member(jwk, "n"), e = member(jwk, "e");
    if (!n || !e) return unusable("has no \"n\" and \"e\"");
    RsaNumbers numbers;
    numbers.n = *std::move(n);
    numbers.e = *std::move(e);
    if (with_private) {
        auto d = member(jwk, "d");
        if (!d) return unusable("has no \"d\"");
        numbers.d = *std::move(d);
        if (auto added = add_factors(jwk, numbers); !added) return added.error();
    }
    return made(rsa_key(numbers));
}

Result<OwnedKey> read_jwk(const json::Value& jwk, bool with_private) {
    const auto type = jwk.string("kty");
    if (type == "EC") return read_ec(jwk, with_private);
    if (type == "RSA") return read_rsa(jwk, with_private);
    return unusable("is of another type (\"kty\") than EC and RSA");
}

// Base64url of a number of the key; of `size` bytes, or as few as it takes when that is 0.
std::string number_of(const EVP_PKEY* key, const char* name, std::size_t size) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
    const OwnedNumber number(raw);
    if (size == 0) size = static_cast<std::size_t>(BN_num_bytes(raw));
    std::string bytes(size, '\0');
    if (BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) <
        0)
        return {};
    return base64url_encode(bytes);
}

}  // namespace

Result<OwnedKey> read_public_jwk(const json::Value& jwk) {
    return read_jwk(jwk, false);
}

Result<OwnedKey> read_private_jwk(const json::Value& jwk) {
    if (jwk.find("keys") != nullptr)
        return unusable("is a set of keys; give the one key that is meant");
    if (jwk.find("kty") != nullptr && jwk.find("d") == nullptr)
        return unusable("has no private part (\"d\")");
    return read_jwk(jwk, true);
}

json::Value public_jwk(const EVP_PKEY* key) {
    const auto can = algorithms_of(key);
    if (can.empty()) return {};
    auto jwk = json::Value::object();
    if (can.front() == JwsAlgorithm::rs256)
        return jwk.set("kty", "RSA")
            .set("n", number_of(key, OSSL_PKEY_PARAM_RSA_N, 0))
            .set("e", number_of(key, OSSL_PKEY_PARAM_RSA_E, 0));
    const Curve& curve = curves[can.front() == JwsAlgorithm::es384 ? 1 : 0];
    return jwk.set("kty", "EC")
        .set("crv", curve.name)
        .set("x", number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, curve.bytes))
        .set("y", number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, curve.bytes));
}

// RFC 7638 3.2: the required members in the order of their names, no space, nothing escaped (there
// is nothing to escape in base64url).
std::string jwk_thumbprint(const json::Value& jwk) {
    auto canonical = json::Value::object();
    const bool rsa = jwk.string("kty") == "RSA";
    const std::vector<const char*> members = rsa ? std::vector<const char*>{"e", "kty", "n"}
                                                 : std::vector<const char*>{"crv", "kty", "x", "y"};
    for (const char* const name : members) canonical.set(name, jwk.string(name));
    return base64url_encode(sha256(canonical.dump()));
}

}  // namespace mcp_auth::host
