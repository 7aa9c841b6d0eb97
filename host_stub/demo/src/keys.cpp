#include "keys.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/Base64Encoder.h>
#include <Poco/Exception.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

#include <array>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace mcp_auth::demo {
namespace {

constexpr int coordinate_size = 32;  // of P-256
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

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string padded(const BIGNUM* number) {
    std::array<unsigned char, coordinate_size> out{};
    if (BN_bn2binpad(number, out.data(), coordinate_size) != coordinate_size)
        throw std::runtime_error("a P-256 number does not fit");
    return {reinterpret_cast<const char*>(out.data()), out.size()};
}

std::string coordinate(EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
        throw std::runtime_error("a key without coordinates");
    const Number owned(number);
    return base64url(padded(number));
}

Key public_key(const Object& jwk) {
    if (string_member(jwk, "kty") != "EC" || string_member(jwk, "crv") != "P-256") return nullptr;
    const auto x = from_base64url(string_member(jwk, "x").value_or(""));
    const auto y = from_base64url(string_member(jwk, "y").value_or(""));
    if (!x || !y || x->size() != coordinate_size || y->size() != coordinate_size) return nullptr;
    std::string point = "\x04" + *x + *y;  // uncompressed (SEC 1 2.3.3)
    std::string group = "P-256";
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end()};
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                          const_cast<OSSL_PARAM*>(parameters.data())) != 1)
        return nullptr;  // also when the point is not on the curve
    return Key(key);
}

}  // namespace

Key generate_key() {
    Key key(EVP_EC_gen("P-256"));
    if (!key) throw std::runtime_error("OpenSSL cannot make a P-256 key");
    return key;
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

std::string SigningKey::sign(std::string_view input) const {
    const DigestContext context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes(input), input.size()) != 1)
        throw std::runtime_error("OpenSSL cannot sign");
    std::vector<unsigned char> der(size);
    if (EVP_DigestSign(context.get(), der.data(), &size, bytes(input), input.size()) != 1)
        throw std::runtime_error("OpenSSL cannot sign");
    const unsigned char* start = der.data();
    const Signature signature(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(size)));
    if (!signature) throw std::runtime_error("OpenSSL signs what it cannot read");
    // JOSE wants both numbers at full length, not ASN.1 (RFC 7518 3.4).
    return padded(ECDSA_SIG_get0_r(signature.get())) + padded(ECDSA_SIG_get0_s(signature.get()));
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
    if (signature.size() != 2 * coordinate_size) return false;
    const Object::Ptr set = parse_object(jwks);
    const Array::Ptr keys = set ? set->getArray("keys") : nullptr;
    if (!keys) return false;
    Key key;
    for (unsigned i = 0; i < keys->size() && !key; ++i) {
        const Object::Ptr jwk = keys->getObject(i);
        if (jwk && string_member(*jwk, "kid") == key_id) key = public_key(*jwk);
    }
    if (!key) return false;

    const Signature parts(ECDSA_SIG_new());
    Number r(BN_bin2bn(bytes(signature), coordinate_size, nullptr));
    Number s(BN_bin2bn(bytes(signature.substr(coordinate_size)), coordinate_size, nullptr));
    if (!parts || !r || !s || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return false;
    (void)r.release();  // now the signature's
    (void)s.release();
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(parts.get(), &der);
    if (size <= 0) return false;
    const std::string encoded(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    const DigestContext context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes(encoded), encoded.size(), bytes(input),
                            input.size()) == 1;
}

}  // namespace mcp_auth::demo
