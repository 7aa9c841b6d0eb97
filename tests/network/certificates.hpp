// Certificates made on the spot, each with the one fault that a test is about.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace mcp_auth::host::testing {

struct Identity {  // a certificate and its key
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
    std::string certificate_pem() const;
    std::string key_pem() const;
};

struct CertificateRequest {
    std::string names = "DNS:localhost,IP:127.0.0.1";  // subjectAltName; empty: none
    std::string common_name = "test";
    std::int64_t not_before = -3600, not_after = 3600;  // seconds from now
    bool authority = false;
};

// Signed by `issuer`; by itself if that is null.
Identity make_identity(const CertificateRequest& request, const Identity* issuer);

Identity make_authority(const std::string& common_name = "test CA");

// Writes a text to a file that is removed with it.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& text);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace mcp_auth::host::testing
