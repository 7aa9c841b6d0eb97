#include "sign_ins.hpp"
#include "unix_time.hpp"

#include <chrono>
#include <utility>

namespace mcp_auth::host {

namespace {

// With the last session, and as the way out for a user whose identity provider has forgotten the
// client: on its page nobody can sign in as that one any more.
void forget_registration(Registration& registration, const Session& session, const Trace& trace,
                         const Bounds& bounds) {
    if (!session.client.id.empty() || !session.client.registration) return;
    ServerMetadata server;
    server.issuer = session.client.issuer;
    const ClientAt at{session.provider, session.client, server};
    const auto known = registration.known(at, nullptr, trace, bounds);
    if (known && *known) (void)registration.forget(at, (*known)->client.id, bounds);
}

}  // namespace

Result<std::optional<Session>> session_of(const ProviderConfig& provider) {
    if (!provider.subject || provider.subject->from.from != SecretReference::From::session)
        return std::optional<Session>();
    const auto client = provider.clients.find("idp");
    if (client == provider.clients.end())
        return Error(Status::misconfigured, "configuration",
                     "provider \"" + provider.name +
                         "\": signing in needs a client \"idp\": who this host is at the "
                         "identity provider");
    return std::optional<Session>(Session{
        provider.subject->from.name, provider.name, client->second, provider.subject->scopes,
        provider.subject->dpop_key, provider.subject->dpop_algorithm});
}

Result<IdentityClient> SignIns::client(const Session& session, const Trace& trace,
                                       const Bounds& bounds) {
    auto server = metadata_.server(session.client.issuer, trace, bounds);
    if (!server) return std::move(server).error();
    DpopTerms dpop;
    if (session.dpop_key.from != SecretReference::From::none) {
        auto key = rooms_.tokens.keys().key(
            session.dpop_key, "DPoP key of the session \"" + session.name + "\"", "dpop", bounds);
        if (!key) return std::move(key).error();
        dpop = {std::move(*key), session.dpop_algorithm, true};
    }
    return IdentityClient(rooms_, session.provider, session.client, std::move(*server),
                          std::move(dpop), trace);
}

SignedIn SignIns::described(const Session& session, const KeptSignIn& sign_in) const {
    SignedIn who;
    who.session = session.name;
    who.issuer = sign_in.issuer;
    who.client_id = sign_in.client_id;
    who.subject = sign_in.subject;
    who.name = sign_in.name;
    who.expires_at = from_unix_time(sign_in.expires_at);
    who.renewable = !sign_in.refresh_token.empty() && !sign_in.sent;
    who.kept = kept_.place();
    return who;
}

Result<SignedIn> SignIns::begin(const Session& session, const SignIn& how, const Forget& forget,
                                const Trace& trace, const Bounds& bounds) {
    auto idp = client(session, trace, bounds);
    if (!idp) return idp.error();
    // The lease is not held while the user thinks: a renewal of the present session goes on.
    const auto fresh = how.device ? idp->by_device(how, session.scopes, bounds)
                                  : idp->by_browser(how, session.scopes, bounds);
    if (!fresh) return fresh.error();
    const auto lease = kept_.lease(session.name, bounds);
    if (!lease) return lease.error();
    const auto former = kept_.read(session.name);  // a damaged one is simply replaced
    const bool same = former && *former && (*former)->issuer == fresh->issuer &&
                      (*former)->subject == fresh->subject;
    if (!same) forget(session.name);
    if (auto kept = kept_.write(session.name, *fresh); !kept) return std::move(kept).error();
    return described(session, *fresh);
}

Result<std::optional<SignedIn>> SignIns::who(const Session& session) const {
    const auto sign_in = kept_.read(session.name);
    if (!sign_in) return sign_in.error();
    if (!*sign_in) return std::optional<SignedIn>();
    return std::optional<SignedIn>(described(session, **sign_in));
}

Result<SignedIn> SignIns::present(const Session& session) const {
    const auto sign_in = current(session);
    if (!sign_in) return sign_in.error();
    return described(session, *sign_in);
}

Result<SignedOut> SignIns::end(const Session& session, const Forget& forget, const Trace& trace,
                               const Bounds& bounds) {
    SignedOut out;
    Secret refresh_token;
    std::string client_id;  // whose it is
    forget(session.name);   // and ends a renewal of ours that has the lease
    {
        const auto lease = kept_.lease(session.name, bounds);
        if (!lease) return lease.error();
        auto sign_in = kept_.read(session.name);
        if (auto erased = kept_.erase(session.name); !erased) return std::move(erased).error();
        out.was_signed_in = !sign_in || *sign_in;  // a damaged one was one, too
        if (sign_in && *sign_in) {
            refresh_token = std::move((*sign_in)->refresh_token);
            client_id = (*sign_in)->client_id;
        }
    }
    forget(session.name);  // what began in between
    if (refresh_token.empty()) {
        out.not_revoked_because = out.was_signed_in ? "there is no refresh token" : "";
        forget_registration(rooms_.registration, session, trace, bounds);
        return out;
    }
    const auto revoke = [&]() -> Result<void> {
        auto idp = client(session, trace, bounds);
        if (!idp) return idp.error();
        if (auto same = idp->be(client_id, bounds); !same) return same;
        return idp->revoke(refresh_token, bounds);
    };
    const auto revoked = revoke();
    forget_registration(rooms_.registration, session, trace, bounds);
    out.revoked = revoked.ok();
    if (!revoked) out.not_revoked_because = revoked.error().message;
    return out;
}

}  // namespace mcp_auth::host
