// Certificates made on the spot, each with the one fault that a test is about.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
    std::string key = "P-256";  // or "rsa:BITS"
    std::string digest = "SHA256";
    // More extensions, as openssl.cnf has them: {"extendedKeyUsage", "clientAuth"}. One of those
    // that are there anyway takes its place.
    std::vector<std::pair<std::string, std::string>> extensions{};
    std::string raw_name{};  // a dNSName of any bytes, in place of `names`
};

// Signed by `issuer`; by itself if that is null.
Identity make_identity(const CertificateRequest& request, const Identity* issuer);

Identity make_authority(const std::string& common_name = "test CA");

// A revocation list (PEM) in the authority's name.
struct RevocationList {
    std::vector<Identity> revoked;
    std::int64_t this_update = -3600, next_update = 3600;  // seconds from now
};
std::string revocation_list(const Identity& authority, const RevocationList& list = {});

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
