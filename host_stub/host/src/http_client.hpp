// The host's own HTTP: Poco Net and NetSSL, keep-alive pool, hard limits (protocol.md L1-L3).
#pragma once

#include "config.hpp"
#include "name_resolution.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>

#include <memory>

namespace mcp_auth::host {

// TLS contexts are its own, never Poco's process-wide default; VERIFY_STRICT always (anything
// looser skips the host name check for localhost). Time limits of one request are `limits`.
// `look_up` is the name server. Errors: misconfigured (a file with authorities or revocation lists
// that cannot be read, a private network that is not CIDR).
Result<std::shared_ptr<HttpTransport>> make_http_client(const PolicyConfig& policy,
                                                        const TimeLimits& limits,
                                                        NameLookUp look_up = system_look_up);

}  // namespace mcp_auth::host
