// Why a TLS handshake failed, for a person who has to do something about it.
#pragma once

#include <openssl/ssl.h>

#include <string>

namespace mcp_auth::host {

// The fault and what to do: "the certificate has expired; ...". Empties OpenSSL's queue.
std::string handshake_fault(const SSL* session);

}  // namespace mcp_auth::host
