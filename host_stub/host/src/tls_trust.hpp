// Whose certificates are accepted: the administrator's authorities, and what they have revoked.
#pragma once

#include <mcp_auth/result.hpp>

#include <openssl/ssl.h>

#include <string>

namespace mcp_auth::host {

struct PolicyConfig;

// Paths; empty: not given. Without a file and a directory, the system's authorities.
struct TlsTrust {
    std::string ca_file;       // PEM
    std::string ca_directory;  // hashed, as `openssl rehash` leaves it
    std::string crl_file;      // PEM; of every authority that stands above a certificate

    static TlsTrust from(const PolicyConfig& policy);
    bool of_the_system() const noexcept { return ca_file.empty() && ca_directory.empty(); }

    // Errors: misconfigured (names the setting and the path that cannot be used).
    Result<void> load_into(SSL_CTX* context) const;

    // Another text once one of the files has changed, or one behind a link of the directory, so
    // that a new list holds without a restart and no connection that was made under the former one
    // is used again.
    std::string stamp() const;
};

}  // namespace mcp_auth::host
