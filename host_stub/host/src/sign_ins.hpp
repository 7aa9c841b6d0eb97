// The sessions that {"session": NAME} names: begun, renewed and ended, each in one process at a
// time.
#pragma once

#include "config.hpp"
#include "identity_client.hpp"
#include "jwk_sets.hpp"
#include "kept_sign_in.hpp"
#include "metadata_cache.hpp"

#include <mcp_auth/host/sign_in.hpp>
#include <mcp_auth/host/user.hpp>
#include <mcp_auth/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

// One session, and the client whose sign-in it is.
struct Session {
    std::string name;
    std::string provider;  // the entry of "providers"
    ClientConfig client;   // "idp"
    std::vector<std::string> scopes;
    SecretReference dpop_key;  // none: its tokens are bound to nothing
    std::string dpop_algorithm;
};
// The session that is this provider's subject; nothing if its subject is something else. Errors:
// misconfigured (it has no client "idp").
Result<std::optional<Session>> session_of(const ProviderConfig& provider);

// Any thread.
class SignIns {
public:
    SignIns(KeptSignIns kept, HttpTransport& http, SkewedClock& clock, MetadataCache& metadata,
            TokenEndpoint& tokens, Registration& registration, BrowserFlows& browser,
            bool allow_http_loopback, bool rehearses)
        : kept_(std::move(kept)),
          clock_(clock),
          metadata_(metadata),
          keys_(http, clock.base()),
          id_tokens_(keys_, allow_http_loopback),
          posts_(http, clock, allow_http_loopback),
          rooms_{clock, tokens, posts_, id_tokens_, browser, registration},
          rehearses_(rehearses) {}

    // Runs when a session ends or becomes another user's, before anything of the new one is kept:
    // what was derived is to be dropped (protocol.md D4).
    using Forget = std::function<void(const std::string& session)>;

    Result<SignedIn> begin(const Session& session, const SignIn& how, const Forget& forget,
                           const Trace& trace, const Bounds& bounds);
    Result<std::optional<SignedIn>> who(const Session& session) const;
    // The same as subject() sees it, which sends nothing: it has to be of this session's client.
    Result<SignedIn> present(const Session& session) const;
    const std::string& place() const noexcept { return kept_.place(); }  // where they are kept
    Result<SignedOut> end(const Session& session, const Forget& forget, const Trace& trace,
                          const Bounds& bounds);

    // What a plugin gets as the user's assertion: an ID token, renewed before it expires, or the
    // refresh token. Errors: interaction_required (nobody is signed in, or not any more),
    // unsupported (another type), those of a renewal.
    Result<SubjectAssertion> subject(const Session& session, std::string_view token_type,
                                     const Trace& trace, const Bounds& bounds);

private:
    Result<IdentityClient> client(const Session& session, const Trace& trace, const Bounds& bounds);
    Result<KeptSignIn> current(const Session& session) const;
    Result<KeptSignIn> renewed(const Session& session, const Trace& trace, const Bounds& bounds);
    Result<KeptSignIn> renew(const Session& session, KeptSignIn sign_in, const Trace& trace,
                             const Bounds& bounds);
    SignedIn described(const Session& session, const KeptSignIn& sign_in) const;
    bool is_fresh(const KeptSignIn& sign_in) const;
    // C3: of this session's client, and not of one that the configuration had before, or that was
    // registered before.
    Result<bool> is_ours(const Session& session, const KeptSignIn& sign_in) const;

    const KeptSignIns kept_;
    SkewedClock& clock_;
    MetadataCache& metadata_;
    JwkSets keys_;
    IdTokens id_tokens_;
    ClientPosts posts_;
    const IdentityRooms rooms_;
    const bool rehearses_;  // a renewal does not arrive, so it spends nothing
};

}  // namespace mcp_auth::host
