// An application's own transport, held to the policy as far as a URL tells (L1, L2): it answers for
// names, connecting and TLS, but what the administrator forbade is forbidden whoever sends.
#pragma once

#include "config.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>

#include <memory>

namespace mcp_auth::host {

// Errors: misconfigured, as AddressPolicy::from. Its send fails with misconfigured for a URL that
// is none, plain http and address literals that the policy refuses, each redirect's target too: it
// follows them, `inner` is told to follow none. Else as `inner` does.
Result<std::shared_ptr<HttpTransport>> checked_transport(const PolicyConfig& policy,
                                                         std::shared_ptr<HttpTransport> inner);

}  // namespace mcp_auth::host
