// application/x-www-form-urlencoded, as a client posts it (RFC 6749 appendix B).
#pragma once

#include <mcp_auth/secret.hpp>

#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host {

using FormFields = std::vector<std::pair<std::string, Secret>>;  // in order

FormFields copy_of(const FormFields& fields);
Secret form_body(const FormFields& fields);

}  // namespace mcp_auth::host
