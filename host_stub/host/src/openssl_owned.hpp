// OpenSSL's objects, owned: each is freed (keys and numbers wiped) with its pointer.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace mcp_auth::host {

template <auto Free>
struct OpensslFree {
    template <class T>
    void operator()(T* pointer) const noexcept {
        Free(pointer);
    }
};

using OwnedBio = std::unique_ptr<BIO, OpensslFree<BIO_free>>;
using OwnedNumber = std::unique_ptr<BIGNUM, OpensslFree<BN_clear_free>>;
using OwnedEcdsa = std::unique_ptr<ECDSA_SIG, OpensslFree<ECDSA_SIG_free>>;
using OwnedDigest = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;
using OwnedKeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslFree<EVP_PKEY_CTX_free>>;
using OwnedKey = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using OwnedCertificate = std::unique_ptr<X509, OpensslFree<X509_free>>;

}  // namespace mcp_auth::host
