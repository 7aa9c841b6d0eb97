#include "jws_signature.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr int least_rsa_bits = 2048, most_rsa_bits = 8192;

struct Row {
    JwsAlgorithm algorithm;
    std::string_view name;
    int curve;         // NID; 0: RSA
    int number_bytes;  // of each half of an ECDSA signature
    bool pss;
};
constexpr Row rows[] = {
    {JwsAlgorithm::es256, "ES256", NID_X9_62_prime256v1, 32, false},
    {JwsAlgorithm::es384, "ES384", NID_secp384r1, 48, false},
    {JwsAlgorithm::rs256, "RS256", 0, 0, false},
    {JwsAlgorithm::ps256, "PS256", 0, 0, true},
};

const Row& row_of(JwsAlgorithm algorithm) noexcept {
    return rows[static_cast<std::size_t>(algorithm)];
}

const unsigned char* bytes(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string group_name(const EVP_PKEY* key) {
    std::array<char, 80> name{};
    std::size_t size = 0;
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(),
                                       &size) != 1)
        return {};
    return {name.data(), size};
}

int curve_of(const EVP_PKEY* key) {
    const std::string name = group_name(key);
    const int nid = name.empty() ? NID_undef : OBJ_txt2nid(name.c_str());
    return nid != NID_undef || name.empty() ? nid : EC_curve_nist2nid(name.c_str());
}

const EVP_MD* digest_of(JwsAlgorithm algorithm) noexcept {
    return algorithm == JwsAlgorithm::es384 ? EVP_sha384() : EVP_sha256();
}

// RFC 7518 3.5: MGF1 with the same hash, and a salt as long as the hash, no more and no less.
bool set_padding(EVP_PKEY_CTX* context, JwsAlgorithm algorithm) noexcept {
    return !row_of(algorithm).pss ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

Result<std::string> raw_of(const std::string& der, int number_bytes) {
    const unsigned char* start = bytes(der);
    const OwnedEcdsa signature(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(der.size())));
    std::string raw(2 * static_cast<std::size_t>(number_bytes), '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    if (!signature ||
        BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, number_bytes) != number_bytes ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + number_bytes, number_bytes) !=
            number_bytes)
        return Error(Status::internal, "", "OpenSSL made a signature that it cannot read");
    return raw;
}

// Empty: it is not two numbers of that length.
std::string der_of(std::string_view raw, int number_bytes) {
    const auto half = static_cast<std::size_t>(number_bytes);
    if (raw.size() != 2 * half) return {};
    const OwnedEcdsa signature(ECDSA_SIG_new());
    OwnedNumber r(BN_bin2bn(bytes(raw), number_bytes, nullptr));
    OwnedNumber s(BN_bin2bn(bytes(raw.substr(half)), number_bytes, nullptr));
    if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
    (void)r.release();  // the signature's now
    (void)s.release();
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &der);
    if (size <= 0) return {};
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

bool fits(const EVP_PKEY* key, JwsAlgorithm algorithm) {
    const auto can = algorithms_of(key);
    return std::find(can.begin(), can.end(), algorithm) != can.end();
}

}  // namespace

std::string_view to_string(JwsAlgorithm algorithm) noexcept {
    return row_of(algorithm).name;
}

std::optional<JwsAlgorithm> jws_algorithm(std::string_view name) noexcept {
    for (const Row& row : rows)
        if (row.name == name) return row.algorithm;
    return std::nullopt;
}

std::vector<JwsAlgorithm> algorithms_of(const EVP_PKEY* key) {
    const int type = EVP_PKEY_get_base_id(key);
    if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC) return {};
    const int curve = type == EVP_PKEY_EC ? curve_of(key) : 0;
    std::vector<JwsAlgorithm> can;
    for (const Row& row : rows)
        if (row.curve == curve) can.push_back(row.algorithm);
    return can;
}

std::string described(const EVP_PKEY* key) {
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return "an RSA key of " + std::to_string(EVP_PKEY_get_bits(key)) + " bits";
    case EVP_PKEY_EC: {
        const char* const curve = EC_curve_nid2nist(curve_of(key));
        return "an EC key on " + (curve != nullptr ? curve : group_name(key));
    }
    default: {
        const char* const type = EVP_PKEY_get0_type_name(key);
        return "a key of the type " + std::string(type != nullptr ? type : "unknown");
    }
    }
}

bool is_of_fair_size(const EVP_PKEY* key) noexcept {
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return true;
    const int bits = EVP_PKEY_get_bits(key);
    return bits >= least_rsa_bits && bits <= most_rsa_bits;
}

Result<std::string> sign(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view input) {
    const auto failed = [] {
        ERR_clear_error();
        return Error(Status::internal, "", "OpenSSL cannot sign with this key");
    };
    const OwnedDigest context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;  // of `context`
    std::size_t size = 0;
    if (!context || !fits(key, algorithm) ||
        EVP_DigestSignInit(context.get(), &key_context, digest_of(algorithm), nullptr, key) != 1 ||
        !set_padding(key_context, algorithm) ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes(input), input.size()) != 1)
        return failed();
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes(input), input.size()) != 1)
        return failed();
    signature.resize(size);
    const int number_bytes = row_of(algorithm).number_bytes;
    return number_bytes == 0 ? Result<std::string>(std::move(signature))
                             : raw_of(signature, number_bytes);
}

bool verify(EVP_PKEY* key, JwsAlgorithm algorithm, std::string_view input,
            std::string_view signature) {
    if (!fits(key, algorithm) || !is_of_fair_size(key)) return false;
    const int number_bytes = row_of(algorithm).number_bytes;
    std::string der;
    if (number_bytes != 0) {
        der = der_of(signature, number_bytes);
        if (der.empty()) return false;
        signature = der;
    }
    const OwnedDigest context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;
    const bool verified = context &&
                          EVP_DigestVerifyInit(context.get(), &key_context, digest_of(algorithm),
                                               nullptr, key) == 1 &&
                          set_padding(key_context, algorithm) &&
                          EVP_DigestVerify(context.get(), bytes(signature), signature.size(),
                                           bytes(input), input.size()) == 1;
    ERR_clear_error();
    return verified;
}

}  // namespace mcp_auth::host
