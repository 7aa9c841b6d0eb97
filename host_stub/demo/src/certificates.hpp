// A certificate authority and one server certificate, made at start and gone with the process.
#pragma once

#include "keys.hpp"

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::demo {

struct FreeCertificate {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

// The authority's key is thrown away as soon as it has signed these.
struct Certificates {
    std::string authority_pem;
    Certificate server;  // for localhost, 127.0.0.1, ::1 and the host that was asked for
    Key server_key;
    Certificate authority;
    struct ClientCertificate {
        std::string certificate, key;  // PEM
    };
    std::vector<ClientCertificate> clients;
};

// `host` is what the enterprise's URLs name; one client certificate for each of `clients`. Throws
// std::runtime_error when OpenSSL cannot.
Certificates make_certificates(const std::string& host,
                               const std::vector<std::string>& clients = {});

}  // namespace mcp_auth::demo
