// The TLS of this library: its own trust, protocol versions and ciphers; nothing process-wide.
#pragma once

#include "client_certificate.hpp"
#include "tls_trust.hpp"

#include <mcp_auth/result.hpp>

#include <Poco/Net/Context.h>

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth::host {

class TlsContext {
public:
    // Errors: misconfigured (a file of `trust` or PEM that cannot be read; a key that is encrypted
    // or is not the certificate's). No message holds anything of a key.
    static Result<std::shared_ptr<const TlsContext>> make(const TlsTrust& trust,
                                                          const ClientCertificate& client);

    // A client session over `socket`: sends `host` as SNI, and accepts only a certificate for it
    // (RFC 6125; an address literal against the certificate's IP addresses).
    struct Session {
        void operator()(SSL* session) const noexcept { SSL_free(session); }
    };
    using SessionPointer = std::unique_ptr<SSL, Session>;
    Result<SessionPointer> session(int socket, const std::string& host) const;

private:
    struct SocketMethod {
        void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
    };
    TlsContext() = default;

    Poco::Net::Context::Ptr context_;
    std::unique_ptr<BIO_METHOD, SocketMethod> socket_method_;
};

}  // namespace mcp_auth::host
