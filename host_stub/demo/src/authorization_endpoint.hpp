// The authorization server's page (RFC 6749 4.1, RFC 7636, RFC 9207): a user of the enterprise says
// whether the host's client may act for them at the MCP server.
#pragma once

#include "authorization_codes.hpp"
#include "http.hpp"
#include "party.hpp"

#include <optional>
#include <string>

namespace mcp_auth::demo {

class AuthorizationEndpoint {
public:
    explicit AuthorizationEndpoint(const Party& party) : party_(party) {}

    // GET shows the form, or redirects at once where Options::consent_at_once; POST is its answer.
    // What is wrong with client or redirect URI is said here, never sent on to a stranger; all else
    // goes back by redirect, with state and iss.
    Answer answer(const RecordedRequest& request);
    // The code, used up.
    std::optional<AuthorizedCode> redeem(const Form& form);

private:
    Answer decide(const RecordedRequest& query, const std::string& user);

    const Party& party_;
    AuthorizationCodes codes_;
};

}  // namespace mcp_auth::demo
