#include "key_from_numbers.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/params.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host {
namespace {

using OwnedGroup = std::unique_ptr<EC_GROUP, OpensslFree<EC_GROUP_free>>;
using OwnedPoint = std::unique_ptr<EC_POINT, OpensslFree<EC_POINT_clear_free>>;

// What OpenSSL makes a key of: parameters over bytes that are kept here, and wiped.
class KeyParameters {
public:
    void text(const char* name, std::string_view value) {
        parameters_.push_back(
            OSSL_PARAM_construct_utf8_string(name, kept(Secret(value)), value.size()));
    }
    void octets(const char* name, std::string_view value) {
        parameters_.push_back(
            OSSL_PARAM_construct_octet_string(name, kept(Secret(value)), value.size()));
    }
    // OpenSSL wants the machine's order.
    void number(const char* name, const Secret& value) {
        std::string native(value.reveal());
        if constexpr (std::endian::native == std::endian::little)
            std::reverse(native.begin(), native.end());
        const auto size = native.size();
        parameters_.push_back(OSSL_PARAM_construct_BN(
            name, reinterpret_cast<unsigned char*>(kept(Secret(std::move(native)))), size));
    }
    OwnedKey make(const char* type, bool with_private) {
        parameters_.push_back(OSSL_PARAM_construct_end());
        const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
        EVP_PKEY* key = nullptr;
        if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
            EVP_PKEY_fromdata(context.get(), &key,
                              with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                              parameters_.data()) != 1)
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

// Null: OpenSSL has no memory, or `bytes` is longer than any number that it takes.
OwnedNumber number_of(const Secret& bytes) {
    const auto* const start = reinterpret_cast<const unsigned char*>(bytes.reveal().data());
    return OwnedNumber(BN_bin2bn(start, static_cast<int>(bytes.size()), nullptr));
}

OwnedNumber parameter_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1) number = nullptr;
    return OwnedNumber(number);
}

// SEC 1 3.2.1: from 1 to the order of the curve's point, less one.
bool is_private(const EC_GROUP* group, const BIGNUM* d) {
    return BN_is_zero(d) == 0 && BN_cmp(d, EC_GROUP_get0_order(group)) < 0;
}

// The public half of `d`. Empty: OpenSSL could not.
std::string point_of(const EC_GROUP* group, const BIGNUM* d) {
    const OwnedPoint point(EC_POINT_new(group));
    if (!point || EC_POINT_mul(group, point.get(), d, nullptr, nullptr, nullptr) != 1) return {};
    std::string out(2 * static_cast<std::size_t>((EC_GROUP_get_degree(group) + 7) / 8) + 1, '\0');
    const auto written =
        EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED,
                           reinterpret_cast<unsigned char*>(out.data()), out.size(), nullptr);
    return written == out.size() ? out : std::string();
}

}  // namespace

bool has_sound_numbers(const EVP_PKEY* key) {
    const int type = EVP_PKEY_get_base_id(key);
    if (type != EVP_PKEY_RSA && type != EVP_PKEY_RSA_PSS) return true;
    const auto n = parameter_of(key, OSSL_PKEY_PARAM_RSA_N),
               e = parameter_of(key, OSSL_PKEY_PARAM_RSA_E);
    ERR_clear_error();
    return n && e && BN_is_odd(n.get()) == 1 && BN_is_odd(e.get()) == 1 && BN_is_one(e.get()) == 0;
}

OwnedKey rsa_key(const RsaNumbers& numbers) {
    KeyParameters parameters;
    parameters.number(OSSL_PKEY_PARAM_RSA_N, numbers.n);
    parameters.number(OSSL_PKEY_PARAM_RSA_E, numbers.e);
    const bool with_private = !numbers.d.empty();
    if (with_private) parameters.number(OSSL_PKEY_PARAM_RSA_D, numbers.d);
    if (with_private && !numbers.p.empty()) {
        parameters.number(OSSL_PKEY_PARAM_RSA_FACTOR1, numbers.p);
        parameters.number(OSSL_PKEY_PARAM_RSA_FACTOR2, numbers.q);
        parameters.number(OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers.dp);
        parameters.number(OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers.dq);
        parameters.number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers.qi);
    }
    auto key = parameters.make("RSA", with_private);
    return key && has_sound_numbers(key.get()) ? std::move(key) : nullptr;
}

OwnedKey ec_key(int curve, std::string_view point, const Secret& d) {
    KeyParameters parameters;
    parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, OBJ_nid2sn(curve));
    std::string computed;
    if (!d.empty()) {
        const OwnedGroup group(EC_GROUP_new_by_curve_name(curve));
        const auto number = number_of(d);
        if (!group || !number || !is_private(group.get(), number.get())) return nullptr;
        if (point.empty()) point = computed = point_of(group.get(), number.get());
        parameters.number(OSSL_PKEY_PARAM_PRIV_KEY, d);
    }
    if (point.empty()) return nullptr;
    parameters.octets(OSSL_PKEY_PARAM_PUB_KEY, point);
    return parameters.make("EC", !d.empty());
}

}  // namespace mcp_auth::host
