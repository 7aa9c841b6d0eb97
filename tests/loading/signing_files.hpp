// Keys of a test's own, and plugins that they sign.
#pragma once

#include "loading_files.hpp"

#include "ed25519.hpp"
#include "plugin_statement.hpp"

#include <openssl/pem.h>

#include <string>

namespace mcp_auth::host::testing {

inline OwnedKey new_key(const char* kind = "ED25519") {
    return OwnedKey(EVP_PKEY_Q_keygen(nullptr, nullptr, kind));
}

inline std::string text_of(BIO* memory) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    return {text, static_cast<std::size_t>(size)};
}

inline std::string public_pem(EVP_PKEY* key) {
    const OwnedBio memory(BIO_new(BIO_s_mem()));
    EXPECT_EQ(PEM_write_bio_PUBKEY(memory.get(), key), 1);
    return text_of(memory.get());
}

inline std::string private_pem(EVP_PKEY* key, const char* password = nullptr) {
    const OwnedBio memory(BIO_new(BIO_s_mem()));
    EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(
                  memory.get(), key, password == nullptr ? nullptr : EVP_aes_256_cbc(), password,
                  password == nullptr ? 0 : 4, nullptr, nullptr),
              1);
    return text_of(memory.get());
}

// The signature of what is there now, as MANIFEST.sig has it.
inline std::string signature_of(const std::string& manifest_file, EVP_PKEY* key) {
    const auto manifest = read_manifest(manifest_file);
    EXPECT_TRUE(manifest) << manifest.error().message;
    if (!manifest) return {};
    return write_signature(
        *sign_ed25519(key, statement_of(*manifest, sha256_of_file(manifest->library))));
}

}  // namespace mcp_auth::host::testing
