// This host as a client of the enterprise's identity provider (OpenID Connect Core, RFC 8628): the
// ways in which its user signs in, and stays signed in.
#pragma once

#include "client_post.hpp"
#include "dpop.hpp"
#include "id_token.hpp"
#include "kept_sign_in.hpp"
#include "token_endpoint.hpp"

#include <mcp_auth/host/sign_in.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host {

class BrowserFlows;

// What it works with, of one host.
struct IdentityRooms {
    SkewedClock& clock;
    TokenEndpoint& tokens;
    ClientPosts& posts;
    IdTokens& id_tokens;
    BrowserFlows& browser;
};

class IdentityClient {
public:
    IdentityClient(const IdentityRooms& rooms, const ClientConfig& client,
                   std::shared_ptr<const ServerMetadata> server, DpopTerms dpop, Trace trace)
        : rooms_(rooms),
          client_(client),
          server_(std::move(server)),
          dpop_(std::move(dpop)),
          trace_(std::move(trace)) {}

    // The code flow, in the user's browser. `scopes`: besides openid, and offline_access where the
    // server has it. Errors: of BrowserFlow, of the token endpoint, of IdTokens.
    Result<KeptSignIn> by_browser(const SignIn& how, const std::vector<std::string>& scopes,
                                  const Bounds& bounds) const;
    // The device flow. Errors besides: denied (the user refused), interaction_required (nobody
    // entered the code in time), unsupported (the server has no such flow).
    Result<KeptSignIn> by_device(const SignIn& how, const std::vector<std::string>& scopes,
                                 const Bounds& bounds) const;

    // One refresh_token grant: the tokens as they came, the ID token not looked at yet.
    Result<TokenResponse> refresh(const Secret& refresh_token, const Bounds& bounds) const;
    // The sign-in that these tokens make, its ID token verified.
    Result<KeptSignIn> accept(const TokenResponse& tokens, ExpectedIdToken expected,
                              const Bounds& bounds) const;

    // Errors besides the request's: unsupported (the server publishes no revocation_endpoint).
    Result<void> revoke(const Secret& refresh_token, const Bounds& bounds) const;

    const ServerMetadata& server() const noexcept { return *server_; }

private:
    std::string scope(const std::vector<std::string>& scopes) const;
    Result<std::string> authorization_request(const SignIn& how, std::string_view scope) const;

    const IdentityRooms rooms_;
    const ClientConfig& client_;
    const std::shared_ptr<const ServerMetadata> server_;
    const DpopTerms dpop_;
    const Trace trace_;
};

}  // namespace mcp_auth::host
