#include "private_key_pem.hpp"

#include "json_web_key.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/secret.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace mcp_auth::host {
namespace {

using namespace std::string_view_literals;

// Contents of OBJECT IDENTIFIERs.
constexpr auto oid_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
constexpr auto oid_ec = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr auto oid_p256 = "\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;
constexpr auto oid_p384 = "\x2b\x81\x04\x00\x22"sv;

enum Tag : unsigned char {
    integer = 0x02,
    bit_string = 0x03,
    octet_string = 0x04,
    object_identifier = 0x06,
    sequence = 0x30,
    of_curve = 0xa0,
    of_point = 0xa1,
};

// DER (X.690), as far as keys need it: one element after the other, each in full.
class Der {
public:
    explicit Der(std::string_view bytes) : rest_(bytes) {}

    // The contents of the next element. Nothing: it is of another tag, or is not all there.
    std::optional<std::string_view> take(Tag tag) {
        if (rest_.size() < 2 || static_cast<unsigned char>(rest_[0]) != tag) return std::nullopt;
        std::size_t size = static_cast<unsigned char>(rest_[1]), head = 2;
        if (size >= 0x80) {
            const std::size_t bytes = size & 0x7f;
            if (bytes == 0 || bytes > 2 || rest_.size() < 2 + bytes) return std::nullopt;
            for (size = 0; head < 2 + bytes; ++head)
                size = size << 8U | static_cast<unsigned char>(rest_[head]);
        }
        if (rest_.size() - head < size) return std::nullopt;
        const auto contents = rest_.substr(head, size);
        rest_.remove_prefix(head + size);
        return contents;
    }

private:
    std::string_view rest_;
};

// RFC 8017 A.1.2: the version, then the numbers in this order.
json::Value rsa_jwk(std::string_view der) {
    constexpr std::array names{"n", "e", "d", "p", "q", "dp", "dq", "qi"};
    const auto body = Der(der).take(sequence);
    if (!body) return {};
    Der numbers(*body);
    if (numbers.take(integer) != "\0"sv) return {};  // two primes
    auto jwk = json::Value::object();
    jwk.set("kty", "RSA");
    for (const char* const name : names) {
        auto number = numbers.take(integer);
        if (!number) return {};
        number->remove_prefix(std::min(number->find_first_not_of('\0'), number->size()));
        jwk.set(name, base64url_encode(*number));
    }
    return jwk;
}

// RFC 5915 3. `curve`: of PKCS #8; empty: the key names it itself.
json::Value ec_jwk(std::string_view der, std::string_view curve) {
    const auto body = Der(der).take(sequence);
    if (!body) return {};
    Der key(*body);
    if (key.take(integer) != "\1"sv) return {};
    const auto number = key.take(octet_string);
    if (const auto named = key.take(of_curve))
        curve = Der(*named).take(object_identifier).value_or(""sv);
    const auto wrapped = key.take(of_point);
    const auto point = wrapped ? Der(*wrapped).take(bit_string) : std::nullopt;
    const std::size_t size = curve == oid_p256 ? 32 : curve == oid_p384 ? 48 : 0;
    // No unused bits, and uncompressed.
    if (size == 0 || !number || !point || point->size() != 2 + 2 * size ||
        point->substr(0, 2) != "\0\4"sv)
        return {};
    auto jwk = json::Value::object();
    return jwk.set("kty", "EC")
        .set("crv", size == 32 ? "P-256" : "P-384")
        .set("x", base64url_encode(point->substr(2, size)))
        .set("y", base64url_encode(point->substr(2 + size)))
        .set("d", base64url_encode(*number));
}

// RFC 5208 5.
json::Value pkcs8_jwk(std::string_view der) {
    const auto body = Der(der).take(sequence);
    if (!body) return {};
    Der info(*body);
    if (info.take(integer) != "\0"sv) return {};
    Der algorithm(info.take(sequence).value_or(""sv));
    const auto key = info.take(octet_string);
    const auto type = algorithm.take(object_identifier);
    if (!key || !type) return {};
    if (*type == oid_rsa) return rsa_jwk(*key);
    if (*type == oid_ec) return ec_jwk(*key, algorithm.take(object_identifier).value_or(""sv));
    return {};
}

json::Value sec1_jwk(std::string_view der) {
    return ec_jwk(der, {});
}

struct Encoding {
    std::string_view begin;
    json::Value (*read)(std::string_view der);
};
constexpr std::array encodings{Encoding{"-----BEGIN PRIVATE KEY-----", pkcs8_jwk},
                               Encoding{"-----BEGIN RSA PRIVATE KEY-----", rsa_jwk},
                               Encoding{"-----BEGIN EC PRIVATE KEY-----", sec1_jwk}};

// From what stands between the lines. Empty: no base64, or headers, which announce a password.
Secret der_of(std::string_view lines) {
    std::string digits;
    const WipedAtEnd wiped(digits);
    digits.reserve(lines.size());
    for (const char c : lines) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '=') continue;
        digits += c == '+' ? '-' : c == '/' ? '_' : c;
    }
    auto der = base64url_decode(digits);
    return der ? Secret(*std::move(der)) : Secret();
}

// Null: not a key that is read here.
OwnedKey read_here(std::string_view pem) {
    const Encoding* first = nullptr;
    for (const Encoding& encoding : encodings)
        if (pem.find(encoding.begin) != pem.npos &&
            (first == nullptr || pem.find(encoding.begin) < pem.find(first->begin)))
            first = &encoding;
    if (first == nullptr) return nullptr;
    pem.remove_prefix(pem.find(first->begin) + first->begin.size());
    const Secret der = der_of(pem.substr(0, pem.find("-----END")));
    const json::Value jwk = first->read(der.reveal());
    if (!jwk.is_object()) return nullptr;
    auto key = read_private_jwk(jwk);
    return key ? std::move(*key) : nullptr;
}

int refuse_password(char*, int, int, void*) {
    return -1;
}  // never a prompt on the terminal

}  // namespace

OwnedKey read_private_key_pem(std::string_view pem) {
    if (auto key = read_here(pem)) return key;
    const OwnedBio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    OwnedKey key(PEM_read_bio_PrivateKey(in.get(), nullptr, refuse_password, nullptr));
    ERR_clear_error();
    return key;
}

}  // namespace mcp_auth::host
