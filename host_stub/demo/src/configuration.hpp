// The configuration of a host that works against the demo (design.md's format).
#pragma once

#include "party.hpp"

#include <string>

namespace mcp_auth::demo {

struct ConfigurationFiles {
    std::string authority;  // empty: plain http
    std::string id_token;
    std::string idp_credential;  // secret or key; empty: the client has none
    std::string mcp_credential;
    std::string idp_certificate, mcp_certificate;  // empty: it has none
    std::string session;  // not empty: the subject is this sign-in, and not id_token
};

std::string configuration_text(const Party& party, const ConfigurationFiles& files);

}  // namespace mcp_auth::demo
