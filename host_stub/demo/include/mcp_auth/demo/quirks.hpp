// mcp_auth/demo/quirks.hpp - where real identity providers and authorization servers differ from
// the demo's own. Each is off by default; plugins/cross_app_access/README.md says who has it and
// which setting answers it.
#pragma once

#include <string>

namespace mcp_auth::demo {

struct Quirks {
    // The identity provider:
    bool scope_required = false;       // Okta: an exchange without a scope is invalid_scope
    bool refresh_token_only = false;   // PingFederate: no other subject for an ID-JAG
    bool asked_by_partner_id = false;  // PingFederate: knows the server by partner_id alone
    // Both:
    bool metadata_appended_only =
        false;                 // Keycloak: no form but /p/.well-known/openid-configuration
    std::string partner_id{};  // PingFederate: the ID-JAG's aud, instead of the issuer; empty: none
    // The authorization server:
    bool resource_refused = false;     // Entra: no parameter `resource` in the redemption
    bool resource_claim_wins = false;  // Auth0: the ID-JAG's claim counts, not the parameter
};

}  // namespace mcp_auth::demo
