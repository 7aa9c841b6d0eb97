// The subject token of the exchange: the user's sign-in, in a form that the identity provider
// takes (protocol.md D2).
#pragma once

#include "settings.hpp"

#include <mcp_auth/plugin.hpp>

namespace mcp_auth::cross_app_access {

// What goes on the wire for `subject`: itself, or the refresh token that its SAML assertion was
// exchanged for. That one is kept, with the assertion that it belongs to, so that another
// assertion (another user, another sign-in) never uses it. `renew`: the kept one was refused.
struct SubjectToken {
    plugin::Subject token;
    bool kept = false;  // from an earlier acquisition, so a refusal may mean that it is spent
};
Result<SubjectToken> subject_token_for(plugin::Call& call, const plugin::Subject& subject,
                                       const Settings& settings, bool keeps, bool renew);

}  // namespace mcp_auth::cross_app_access
