// The certificate that a client shows on a TLS connection, and its key (RFC 8705).
#pragma once

#include "openssl_owned.hpp"

#include <mcp_auth/result.hpp>

#include <string_view>
#include <vector>

namespace mcp_auth::host {

// As PEM texts; after the client's own certificate, those between it and a root may follow. Both
// empty: none.
struct ClientCertificate {
    std::string_view certificate, key;
    bool empty() const noexcept { return certificate.empty() && key.empty(); }
};

struct ParsedClientCertificate {
    OwnedCertificate own;
    std::vector<OwnedCertificate> between;
    OwnedKey key;
};

// Errors: misconfigured, the leg left empty: a PEM that cannot be read, a key that has a password
// or is not the certificate's. No message holds anything of either.
Result<ParsedClientCertificate> parse_client_certificate(const ClientCertificate& client);

}  // namespace mcp_auth::host
