#include "private_key_pem.hpp"

#include "key_from_numbers.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/secret.hpp>

#include <openssl/err.h>
#include <openssl/objects.h>
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
constexpr auto oid_ed25519 = "\x2b\x65\x70"sv;
constexpr auto oid_ed448 = "\x2b\x65\x71"sv;

struct Curve {
    std::string_view oid;
    int nid;
};
constexpr std::array curves{Curve{"\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, NID_X9_62_prime256v1},
                            Curve{"\x2b\x81\x04\x00\x22"sv, NID_secp384r1},
                            Curve{"\x2b\x81\x04\x00\x23"sv, NID_secp521r1}};

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

// What a reader makes of an encoding. Nothing: the key is of a kind that is not read here. Null: it
// is broken.
using Read = std::optional<OwnedKey>;

// The contents of a positive INTEGER, as they are: a Secret, since most are private.
std::optional<Secret> take_number(Der& numbers) {
    const auto number = numbers.take(integer);
    if (!number || number->empty() || (static_cast<unsigned char>(number->front()) & 0x80u) != 0)
        return std::nullopt;
    return Secret(*number);
}

// RFC 8017 A.1.2: the version, then the numbers in this order.
Read read_rsa(std::string_view der) {
    const auto body = Der(der).take(sequence);
    if (!body) return nullptr;
    Der rest(*body);
    const auto version = rest.take(integer);
    if (version == "\1"sv) return std::nullopt;  // more than two primes
    if (version != "\0"sv) return nullptr;
    RsaNumbers numbers;
    for (Secret* const number : {&numbers.n, &numbers.e, &numbers.d, &numbers.p, &numbers.q,
                                 &numbers.dp, &numbers.dq, &numbers.qi}) {
        auto taken = take_number(rest);
        if (!taken) return nullptr;
        *number = *std::move(taken);
    }
    return rsa_key(numbers);
}

// RFC 5915 3. `curve`: of PKCS #8; empty: the key names it itself. Its public half is optional.
Read read_ec(std::string_view der, std::string_view curve) {
    const auto body = Der(der).take(sequence);
    if (!body) return nullptr;
    Der key(*body);
    if (key.take(integer) != "\1"sv) return nullptr;
    const auto number = key.take(octet_string);
    if (!number || number->empty()) return nullptr;
    if (const auto named = key.take(of_curve))
        curve = Der(*named).take(object_identifier).value_or(""sv);
    const auto* const known = std::find_if(curves.begin(), curves.end(),
                                           [&](const Curve& row) { return row.oid == curve; });
    if (known == curves.end()) return std::nullopt;  // or its parameters are written out
    std::string_view point;
    if (const auto wrapped = key.take(of_point)) {
        point = Der(*wrapped).take(bit_string).value_or(""sv);
        if (point.size() < 2 || point.front() != '\0') return nullptr;  // it has no unused bits
        point.remove_prefix(1);
    }
    return ec_key(known->nid, point, Secret(*number));
}

// RFC 8410 7: the private key is an OCTET STRING of its own.
Read read_edwards(std::string_view der, int type) {
    const auto bytes = Der(der).take(octet_string);
    if (!bytes) return nullptr;
    return OwnedKey(EVP_PKEY_new_raw_private_key(
        type, nullptr, reinterpret_cast<const unsigned char*>(bytes->data()), bytes->size()));
}

// RFC 5208 5, and RFC 5958 2, which gives it a version 1 that may have the public key at the end:
// not read, since the private one says it.
Read read_pkcs8(std::string_view der) {
    const auto body = Der(der).take(sequence);
    if (!body) return nullptr;
    Der info(*body);
    const auto version = info.take(integer);
    if (version != "\0"sv && version != "\1"sv) return nullptr;
    Der algorithm(info.take(sequence).value_or(""sv));
    const auto key = info.take(octet_string);
    const auto type = algorithm.take(object_identifier);
    if (!key || !type) return nullptr;
    if (*type == oid_rsa) return read_rsa(*key);
    if (*type == oid_ec) return read_ec(*key, algorithm.take(object_identifier).value_or(""sv));
    if (*type == oid_ed25519) return read_edwards(*key, EVP_PKEY_ED25519);
    if (*type == oid_ed448) return read_edwards(*key, EVP_PKEY_ED448);
    return std::nullopt;
}

Read read_sec1(std::string_view der) {
    return read_ec(der, {});
}

struct Encoding {
    std::string_view begin;
    Read (*read)(std::string_view der);
};
constexpr std::array encodings{Encoding{"-----BEGIN PRIVATE KEY-----", read_pkcs8},
                               Encoding{"-----BEGIN RSA PRIVATE KEY-----", read_rsa},
                               Encoding{"-----BEGIN EC PRIVATE KEY-----", read_sec1}};

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

Read read_here(std::string_view pem) {
    const Encoding* first = nullptr;
    for (const Encoding& encoding : encodings)
        if (pem.find(encoding.begin) != pem.npos &&
            (first == nullptr || pem.find(encoding.begin) < pem.find(first->begin)))
            first = &encoding;
    if (first == nullptr) return std::nullopt;
    pem.remove_prefix(pem.find(first->begin) + first->begin.size());
    const auto end = pem.find("-----END");
    if (end == pem.npos) return nullptr;
    const Secret der = der_of(pem.substr(0, end));
    return first->read(der.reveal());
}

int refuse_password(char*, int, int, void*) {
    return -1;
}  // never a prompt on the terminal

}  // namespace

OwnedKey read_private_key_pem(std::string_view pem) {
    auto here = read_here(pem);
    if (!here) {
        const OwnedBio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
        here = OwnedKey(PEM_read_bio_PrivateKey(in.get(), nullptr, refuse_password, nullptr));
    }
    ERR_clear_error();
    return *here && has_sound_numbers(here->get()) ? *std::move(here) : nullptr;
}

}  // namespace mcp_auth::host
