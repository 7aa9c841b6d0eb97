#include "json_web_key.hpp"

#include "jws_signature.hpp"
#include "sha256.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/secret.hpp>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {
namespace {

constexpr std::size_t most_number_bytes = 1024;  // 8192 bits of RSA

struct Curve {
    const char* name;
    std::size_t bytes;  // of a coordinate
};
constexpr Curve curves[] = {{"P-256", 32}, {"P-384", 48}};

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

// What OpenSSL makes a key of: parameters over bytes that are kept here, and wiped.
class KeyParameters {
public:
    void text(const char* name, std::string_view value) {
        parameters_.push_back(
            OSSL_PARAM_construct_utf8_string(name, kept(Secret(value)), value.size()));
    }
    void octets(const char* name, Secret value) {
        const auto size = value.size();
        parameters_.push_back(
            OSSL_PARAM_construct_octet_string(name, kept(std::move(value)), size));
    }
    // A number that a JWK has, the most significant byte first; OpenSSL wants the machine's order.
    void number(const char* name, const Secret& value) {
        std::string native(value.reveal());
        if constexpr (std::endian::native == std::endian::little)
            std::reverse(native.begin(), native.end());
        const auto size = native.size();
        parameters_.push_back(OSSL_PARAM_construct_BN(
            name, reinterpret_cast<unsigned char*>(kept(Secret(std::move(native)))), size));
    }
    OwnedKey make(const char* type, int selection) {
        parameters_.push_back(OSSL_PARAM_construct_end());
        const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
        EVP_PKEY* key = nullptr;
        if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
            EVP_PKEY_fromdata(context.get(), &key, selection, parameters_.data()) != 1)
            key = nullptr;
        ERR_clear_error();
        return OwnedKey(key);
    }

private:
    char* kept(Secret value) {
        // OpenSSL's parameters are not const, but these are only read.
        return const_cast<char*>(kept_.emplace_back(std::move(value)).reveal().data());
    }
    std::deque<Secret> kept_;
    std::vector<OSSL_PARAM> parameters_;
};

Result<OwnedKey> made(OwnedKey key) {
    if (!key) return unusable("has numbers that make no key");
    return key;
}

bool is_odd(const Secret& number) noexcept {
    return (static_cast<unsigned char>(number.reveal().back()) & 1u) != 0;
}

bool is_one(const Secret& number) noexcept {
    const auto bytes = number.reveal();
    return bytes.back() == 1 &&
           std::all_of(bytes.begin(), bytes.end() - 1, [](char byte) { return byte == 0; });
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
    KeyParameters parameters;
    parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, curve->name);
    std::string point("\x04");  // uncompressed (SEC 1 2.3.3)
    point.append(x->reveal()).append(y->reveal());
    parameters.octets(OSSL_PKEY_PARAM_PUB_KEY, Secret(std::move(point)));
    if (with_private) parameters.number(OSSL_PKEY_PARAM_PRIV_KEY, *d);
    return made(parameters.make("EC", with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY));
}

// RFC 7518 6.3.2: without the factors, or with all that belongs to them.
Result<void> add_factors(const json::Value& jwk, KeyParameters& parameters) {
    struct Factor {
        const char* name;
        const char* parameter;
    };
    constexpr Factor factors[] = {{"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                  {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                  {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                  {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                  {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
    const bool any = std::any_of(std::begin(factors), std::end(factors), [&](const Factor& factor) {
        return jwk.find(factor.name) != nullptr;
    });
    if (jwk.find("oth") != nullptr) return unusable("has more than two primes");
    if (!any) return {};
    for (const Factor& factor : factors) {
        const auto number = member(jwk, factor.name);
        if (!number)
            return unusable("has some of \"p\", \"q\", \"dp\", \"dq\" and \"qi\", but not all");
        parameters.number(factor.parameter, *number);
    }
    return {};
}

Result<OwnedKey> read_rsa(const json::Value& jwk, bool with_private) {
    const auto n = member(jwk, "n"), e = member(jwk, "e");
    if (!n || !e) return unusable("has no \"n\" and \"e\"");
    // With 1 a signature is the padded message, and anybody makes it; with an even number there is
    // no key. OpenSSL asks for neither.
    if (!is_odd(*n) || !is_odd(*e) || is_one(*e)) return made(nullptr);
    KeyParameters parameters;
    parameters.number(OSSL_PKEY_PARAM_RSA_N, *n);
    parameters.number(OSSL_PKEY_PARAM_RSA_E, *e);
    if (with_private) {
        const auto d = member(jwk, "d");
        if (!d) return unusable("has no \"d\"");
        parameters.number(OSSL_PKEY_PARAM_RSA_D, *d);
        if (auto added = add_factors(jwk, parameters); !added) return added.error();
    }
    return made(parameters.make("RSA", with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY));
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
