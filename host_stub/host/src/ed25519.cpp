#include "ed25519.hpp"

#include "private_key_pem.hpp"
#include "sha256.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <memory>

namespace mcp_auth::host {
namespace {

constexpr std::size_t signature_bytes = 64;
constexpr std::size_t encoded_bytes = 88;  // 64 bytes in base64, the last two characters "=="

constexpr const char* how_to_make =
    "an Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` makes it, without password";
constexpr const char* how_to_extract =
    "the public part of an Ed25519 key in PEM, as `openssl pkey -pubout` writes it";

Error unusable(const std::string& why, const char* wanted) {
    return {Status::misconfigured, "", why + "; give " + wanted};
}

int refuse_password(char*, int, int, void*) {
    return -1;
}  // never a prompt on the terminal

Result<OwnedKey> checked(OwnedKey key, const char* wanted) {
    ERR_clear_error();
    if (!key) return unusable("it cannot be read", wanted);
    if (EVP_PKEY_is_a(key.get(), "ED25519") != 1)
        return unusable("it is a key of another kind", wanted);
    return key;
}

const unsigned char* bytes(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_base64(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

// Empty: not base64 of 64 bytes.
std::string decoded(std::string_view text) {
    const std::string_view digits = text.substr(0, encoded_bytes - 2);
    if (text.substr(digits.size()) != "==" || !std::all_of(digits.begin(), digits.end(), is_base64))
        return {};
    std::array<unsigned char, encoded_bytes> out = {};
    if (EVP_DecodeBlock(out.data(), bytes(text), static_cast<int>(text.size())) !=
        int{signature_bytes + 2})  // it counts what stands for the padding
        return {};
    return {reinterpret_cast<const char*>(out.data()), signature_bytes};
}

}  // namespace

Result<OwnedKey> read_ed25519_private_key(const Secret& pem) {
    const auto text = pem.reveal();
    if (text.find("ENCRYPTED") != text.npos) return unusable("it has a password", how_to_make);
    if (text.find("PRIVATE KEY-----") == text.npos)
        return unusable("it is no private key", how_to_make);
    return checked(read_private_key_pem(text), how_to_make);
}

Result<OwnedKey> read_ed25519_public_key(std::string_view pem) {
    if (pem.find("PRIVATE KEY-----") != pem.npos)
        return unusable("it holds a private key, which belongs to the signer alone",
                        how_to_extract);
    const OwnedBio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return checked(OwnedKey(PEM_read_bio_PUBKEY(in.get(), nullptr, refuse_password, nullptr)),
                   how_to_extract);
}

std::string key_fingerprint(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owned(
        der, [](unsigned char* memory) { OPENSSL_free(memory); });
    ERR_clear_error();
    if (size <= 0) return {};
    return sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
}

Result<std::string> sign_ed25519(EVP_PKEY* key, std::string_view message) {
    const OwnedDigest context(EVP_MD_CTX_new());
    std::string signature(signature_bytes, '\0');
    std::size_t size = signature.size();
    const bool made =
        context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes(message), message.size()) == 1 &&
        size == signature_bytes;
    ERR_clear_error();
    if (!made) return Error(Status::internal, "", "OpenSSL cannot sign with this key");
    return signature;
}

bool verify_ed25519(EVP_PKEY* key, std::string_view message, std::string_view signature) {
    const OwnedDigest context(EVP_MD_CTX_new());
    const bool valid = context && signature.size() == signature_bytes &&
                       EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
                       EVP_DigestVerify(context.get(), bytes(signature), signature.size(),
                                        bytes(message), message.size()) == 1;
    ERR_clear_error();
    return valid;
}

std::optional<std::vector<std::string>> read_signatures(std::string_view text) {
    std::string packed;
    std::copy_if(text.begin(), text.end(), std::back_inserter(packed),
                 [](char c) { return c != '\n' && c != '\r' && c != ' ' && c != '\t'; });
    if (packed.empty() || packed.size() % encoded_bytes != 0) return std::nullopt;
    std::vector<std::string> signatures;
    for (std::size_t at = 0; at < packed.size(); at += encoded_bytes) {
        signatures.push_back(decoded(std::string_view(packed).substr(at, encoded_bytes)));
        if (signatures.back().empty()) return std::nullopt;
    }
    return signatures;
}

std::string write_signature(std::string_view signature) {
    std::array<unsigned char, encoded_bytes + 1> out = {};
    const int size =
        EVP_EncodeBlock(out.data(), bytes(signature), static_cast<int>(signature.size()));
    return std::string(reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(size)) +
           "\n";
}

}  // namespace mcp_auth::host
