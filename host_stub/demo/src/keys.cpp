#include "keys.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/Base64Encoder.h>
#include <Poco/Exception.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <array>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace mcp_auth::demo {
namespace {

constexpr auto url_alphabet = Poco::BASE64_URL_ENCODING | Poco::BASE64_NO_PADDING;

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* pointer) const noexcept {
        Free(pointer);
    }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// What an algorithm wants of a key. RSA: no curve.
struct Scheme {
    std::string_view name;
    const char* curve;  // as a JWK has it
    int number_bytes;   // of a coordinate, and of each half of a signature
    const EVP_MD* (*digest)();
    bool pss;
};
constexpr std::array<Scheme, 4> schemes{{{"ES256", "P-256", 32, EVP_sha256, false},
                                         {"ES384", "P-384", 48, EVP_sha384, false},
                                         {"RS256", nullptr, 0, EVP_sha256, false},
                                         {"PS256", nullptr, 0, EVP_sha256, true}}};

const Scheme* scheme_of(std::string_view algorithm) {
    for (const Scheme& scheme : schemes)
        if (scheme.name == algorithm) return &scheme;
    return nullptr;
}

std::string padded(const BIGNUM* number, int size) {
    std::string out(static_cast<std::size_t>(size), '\0');
    if (BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), size) != size)
        throw std::runtime_error("a number does not fit");
    return out;
}

std::string coordinate(EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
        throw std::runtime_error("a key without coordinates");
    const Number owned(number);
    return base64url(padded(number, 32));
}

Key from_parameters(const char* type, OSSL_PARAM_BLD* builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
        return nullptr;  // also when the point is not on the curve
    return Key(key);
}

Key ec_key(const Object& jwk) {
    const auto curve = string_member(jwk, "crv");
    const auto x = from_base64url(string_member(jwk, "x").value_or(""));
    const auto y = from_base64url(string_member(jwk, "y").value_or(""));
    for (const Scheme& scheme : schemes) {
        if (!scheme.curve || curve != scheme.curve) continue;
        const auto size = static_cast<std::size_t>(scheme.number_bytes);
        if (!x || !y || x->size() != size || y->size() != size) return nullptr;
        const std::string point = "\x04" + *x + *y;  // uncompressed (SEC 1 2.3.3)
        const Builder builder(OSSL_PARAM_BLD_new());
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, scheme.curve, 0);
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size());
        return from_parameters("EC", builder.get());
    }
    return nullptr;
}

Key rsa_key(const Object& jwk) {
    const auto n = from_base64url(string_member(jwk, "n").value_or(""));
    const auto e = from_base64url(string_member(jwk, "e").value_or(""));
    if (!n || !e || n->size() < 256 || n->size() > 1024 || e->size() > 8) return nullptr;
    const Number modulus(BN_bin2bn(bytes(*n), static_cast<int>(n->size()), nullptr));
    const Number exponent(BN_bin2bn(bytes(*e), static_cast<int>(e->size()), nullptr));
    const Builder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    return from_parameters("RSA", builder.get());
}

// Empty: not two numbers of that length.
std::string asn1(std::string_view raw, int size) {
    if (raw.size() != 2 * static_cast<std::size_t>(size)) return {};
    const Signature parts(ECDSA_SIG_new());
    Number r(BN_bin2bn(bytes(raw), size, nullptr));
    Number s(BN_bin2bn(bytes(raw.substr(static_cast<std::size_t>(size))), size, nullptr));
    if (!parts || !r || !s || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return {};
    (void)r.release();  // now the signature's
    (void)s.release();
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(parts.get(), &der);
    if (length <= 0) return {};
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return out;
}

bool is_for(const Key& key, const Scheme& scheme) {
    if (!scheme.curve) return EVP_PKEY_is_a(key.get(), "RSA") == 1;
    return EVP_PKEY_is_a(key.get(), "EC") == 1 &&
           EVP_PKEY_get_bits(key.get()) == 8 * scheme.number_bytes;
}

bool pad(EVP_PKEY_CTX* context, const Scheme& scheme) {
    return !scheme.pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

}  // namespace

Key generate_key(std::string_view algorithm) {
    const Scheme* scheme = scheme_of(algorithm);
    if (!scheme) throw std::runtime_error("the demo knows no such algorithm");
    Key key(scheme->curve ? EVP_EC_gen(scheme->curve) : EVP_RSA_gen(2048));
    if (!key) throw std::runtime_error("OpenSSL cannot make a key");
    return key;
}

std::string private_pem(const Key& key) {
    const Memory out(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                      nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot write a key");
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

Key from_private_pem(const std::string& pem) {
    const Memory in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
    if (!key) throw std::runtime_error("not a private key");
    return key;
}

Key public_key(const Object& jwk) {
    const auto type = string_member(jwk, "kty");
    return type == "EC" ? ec_key(jwk) : type == "RSA" ? rsa_key(jwk) : nullptr;
}

std::string thumbprint(const Object& jwk) {
    const auto member = [&](const char* name) {
        return "\"" + std::string(name) + "\":\"" + string_member(jwk, name).value_or("") + "\"";
    };
    const std::string canonical =
        string_member(jwk, "kty") == "RSA"
            ? "{" + member("e") + "," + member("kty") + "," + member("n") + "}"
            : "{" + member("crv") + "," + member("kty") + "," + member("x") + "," + member("y") +
                  "}";
    return base64url(sha256(canonical));
}

std::string sha256(std::string_view input) {
    std::string digest(32, '\0');
    EVP_Digest(input.data(), input.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
               EVP_sha256(), nullptr);
    return digest;
}

std::string random_text(std::size_t size) {
    std::string random(size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(size)) != 1)
        throw std::runtime_error("OpenSSL has no randomness");
    return base64url(random);
}

std::string base64url(std::string_view text) {
    std::ostringstream out;
    Poco::Base64Encoder encoder(out, url_alphabet);
    encoder.rdbuf()->setLineLength(0);
    encoder.write(text.data(), static_cast<std::streamsize>(text.size()));
    encoder.close();
    return out.str();
}

std::optional<std::string> from_base64url(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (text.find_first_not_of(alphabet) != std::string_view::npos || text.size() % 4 == 1)
        return std::nullopt;
    try {
        std::istringstream in{std::string(text)};
        in.exceptions(std::ios::badbit);
        Poco::Base64Decoder decoder(in, url_alphabet);
        return std::string(std::istreambuf_iterator<char>(decoder), {});
    } catch (const Poco::Exception&) {
        return std::nullopt;
    }
}

SigningKey::SigningKey(std::string key_id) : key_id_(std::move(key_id)), key_(generate_key()) {}

std::string sign(const Key& key, std::string_view algorithm, std::string_view input) {
    const Scheme* scheme = scheme_of(algorithm);
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* padding = nullptr;
    std::size_t size = 0;
    if (!scheme || !context ||
        EVP_DigestSignInit(context.get(), &padding, scheme->digest(), nullptr, key.get()) != 1 ||
        !pad(padding, *scheme) ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes(input), input.size()) != 1)
        throw std::runtime_error("OpenSSL cannot sign");
    std::vector<unsigned char> signature(size);
    if (EVP_DigestSign(context.get(), signature.data(), &size, bytes(input), input.size()) != 1)
        throw std::runtime_error("OpenSSL cannot sign");
    if (!scheme->curve) return {reinterpret_cast<const char*>(signature.data()), size};
    const unsigned char* start = signature.data();
    const Signature parts(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(size)));
    if (!parts) throw std::runtime_error("OpenSSL signs what it cannot read");
    // JOSE wants both numbers at full length, not ASN.1 (RFC 7518 3.4).
    return padded(ECDSA_SIG_get0_r(parts.get()), scheme->number_bytes) +
           padded(ECDSA_SIG_get0_s(parts.get()), scheme->number_bytes);
}

bool verify(const Key& key, std::string_view algorithm, std::string_view input,
            std::string_view signature) {
    const Scheme* scheme = scheme_of(algorithm);
    if (!scheme || !is_for(key, *scheme)) return false;
    const std::string der = scheme->curve ? asn1(signature, scheme->number_bytes) : std::string();
    if (scheme->curve) signature = der;
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* padding = nullptr;
    return !signature.empty() && context &&
           EVP_DigestVerifyInit(context.get(), &padding, scheme->digest(), nullptr, key.get()) ==
               1 &&
           pad(padding, *scheme) &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(input),
                            input.size()) == 1;
}

std::string SigningKey::sign(std::string_view input) const {
    return demo::sign(key_, "ES256", input);
}

std::string SigningKey::jwks() const {
    Object::Ptr jwk = new_object();
    jwk->set("kty", "EC");
    jwk->set("crv", "P-256");
    jwk->set("x", coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X));
    jwk->set("y", coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y));
    jwk->set("kid", key_id_);
    jwk->set("use", "sig");
    jwk->set("alg", "ES256");
    Array::Ptr keys = new Array;
    keys->add(jwk);
    Object set;
    set.set("keys", keys);
    return to_text(set);
}

bool verify_es256(std::string_view jwks, std::string_view key_id, std::string_view input,
                  std::string_view signature) {
    const Object::Ptr set = parse_object(jwks);
    const Array::Ptr keys = set ? set->getArray("keys") : nullptr;
    if (!keys) return false;
    Key key;
    for (unsigned i = 0; i < keys->size() && !key; ++i) {
        const Object::Ptr jwk = keys->getObject(i);
        if (jwk && string_member(*jwk, "kid") == key_id) key = public_key(*jwk);
    }
    return key && verify(key, "ES256", input, signature);
}

}  // namespace mcp_auth::demo
