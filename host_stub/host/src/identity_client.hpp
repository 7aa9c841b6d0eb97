// This host as a client of the enterprise's identity provider (OpenID Connect Core, RFC 8628): the
// ways in which its user signs in, and stays signed in.
#pragma once

#include "client_post.hpp"
#include "dpop.hpp"
#include "id_token.hpp"
#include "kept_sign_in.hpp"
#include "registration.hpp"
#include "token_endpoint.hpp"

#include <mcp_auth/host/sign_in.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host {

class BrowserFlow;
class BrowserFlows;

// What it works with, of one host.
struct IdentityRooms {
    SkewedClock& clock;
    TokenEndpoint& tokens;
    ClientPosts& posts;
    IdTokens& id_tokens;
    BrowserFlows& browser;
    Registration& registration;
};

class IdentityClient {
public:
    // `configured` and `provider`, whose client it is, must live as long. Without an id it is
    // nobody yet: the sign-ins make it somebody, and so does be().
    IdentityClient(const IdentityRooms& rooms, const std::string& provider,
                   const ClientConfig& configured, std::shared_ptr<const ServerMetadata> server,
                   DpopTerms dpop, Trace trace)
        : rooms_(rooms),
          provider_(provider),
          configured_(configured),
          client_(configured),
          server_(std::move(server)),
          dpop_(std::move(dpop)),
          trace_(std::move(trace)) {}

    // The code flow, in the user's browser. `scopes`: besides openid, and offline_access where the
    // server has it. Errors: of BrowserFlow, of the token endpoint, of IdTokens.
    Result<KeptSignIn> by_browser(const SignIn& how, const std::vector<std::string>& scopes,
                                  const Bounds& bounds);
    // The device flow. Errors besides: denied (the user refused), interaction_required (nobody
    // entered the code in time), unsupported (the server has no such flow).
    Result<KeptSignIn> by_device(const SignIn& how, const std::vector<std::string>& scopes,
                                 const Bounds& bounds);

    // To be the client that signed a user in as `id`. Errors: interaction_required (it is another
    // one by now).
    Result<void> be(const std::string& id, const Bounds& bounds);

    // One refresh_token grant: the tokens as they came, the ID token not looked at yet.
    Result<TokenResponse> refresh(const Secret& refresh_token, const Bounds& bounds);
    // The sign-in that these tokens make, its ID token verified.
    Result<KeptSignIn> accept(const TokenResponse& tokens, ExpectedIdToken expected,
                              const Bounds& bounds) const;

    // Errors besides the request's: unsupported (the server publishes no revocation_endpoint).
    Result<void> revoke(const Secret& refresh_token, const Bounds& bounds) const;

    const ServerMetadata& server() const noexcept { return *server_; }

private:
    std::string scope(const std::vector<std::string>& scopes) const;
    ClientAt here() const { return {provider_, configured_, *server_}; }
    Result<std::unique_ptr<BrowserFlow>> begin_flow(const Bounds& bounds) const;
    // Registered for this and what follows a sign-in, if need be.
    Result<void> be_registered(std::string_view grant, std::string redirect_uri,
                               const Bounds& bounds);
    // Whose port is tried first (design.md, Kept). Empty: none.
    Result<std::string> registered_redirect_uri(const Bounds& bounds) const;
    // Whether an answer says that the server knows a client no longer that it registered: that
    // registration is forgotten, and the next sign-in makes another.
    Result<bool> is_forgotten(const Error& answer, const Bounds& bounds);
    // The same as an error: the answer's own, where it says something else.
    Error unless_forgotten(Error answer, const Bounds& bounds);

    const IdentityRooms rooms_;
    const std::string& provider_;
    const ClientConfig& configured_;
    ClientConfig client_;  // with an id, once it is somebody
    bool registered_ = false;
    const std::shared_ptr<const ServerMetadata> server_;
    const DpopTerms dpop_;
    const Trace trace_;
};

}  // namespace mcp_auth::host
