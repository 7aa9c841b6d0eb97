// A session as the subject of acquisitions: the ID token is renewed before it expires (OpenID
// Connect Core 12), and a rotating refresh token is sent once, whatever happens (K2).
#include "sign_ins.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view id_token_type = "urn:ietf:params:oauth:token-type:id_token";
constexpr std::string_view refresh_token_type = "urn:ietf:params:oauth:token-type:refresh_token";
// Seconds: what an exchange may take, and more than providers want to be left of one.
constexpr std::int64_t renewed_before = 120;

Error sign_in_again(const Session& session, std::string why) {
    return {Status::interaction_required, "session",
            std::move(why) + ": run mcp-auth login --session " + session.name};
}

// Whether the refresh token can be sent again after this failure: none left us, or the server has
// said that it did not take it.
bool is_unspent(const Error& error) {
    if (error.http_status == 0) return error.status == Status::misconfigured;
    return !error.oauth_error.empty() && error.http_status < 500;
}

// 12.2: a renewed ID token that has a nonce has that of the sign-in.
bool answers_the_same(const Secret& former, const Secret& renewed) {
    const auto before = Jws::decode(former.reveal()), now = Jws::decode(renewed.reveal());
    if (!before || !now || now->payload.find("nonce") == nullptr) return true;
    return before->payload.string("nonce") == now->payload.string("nonce");
}

}  // namespace

bool SignIns::is_fresh(const KeptSignIn& sign_in) const {
    return sign_in.expires_at - clock_.wall(sign_in.issuer) > renewed_before;
}

Result<bool> SignIns::is_ours(const Session& session, const KeptSignIn& sign_in) const {
    const auto& client = session.client;
    if (sign_in.issuer != client.issuer) return false;
    if (!client.id.empty()) return sign_in.client_id == client.id;
    return rooms_.registration.is_known_as(session.provider, client, client.issuer,
                                           sign_in.client_id);
}

Result<KeptSignIn> SignIns::current(const Session& session) const {
    auto sign_in = kept_.read(session.name);
    if (!sign_in) return std::move(sign_in).error();
    if (!*sign_in) return sign_in_again(session, "nobody is signed in as \"" + session.name + "\"");
    const auto ours = is_ours(session, **sign_in);
    if (!ours) return ours.error();
    if (!*ours)
        return sign_in_again(session, "the session \"" + session.name + "\" is of " +
                                          (*sign_in)->issuer + ", not of this client at " +
                                          session.client.issuer);
    return std::move(**sign_in);
}

Result<KeptSignIn> SignIns::renew(const Session& session, KeptSignIn sign_in, const Trace& trace,
                                  const Bounds& bounds) {
    // Asked anew before the refresh token is risked: without a network it stays unsent.
    metadata_.forget(session.client.issuer);
    auto idp = client(session, trace, bounds);
    if (!idp) return idp.error();
    if (auto same = idp->be(sign_in.client_id, bounds); !same) return std::move(same).error();
    const Secret refresh_token = sign_in.refresh_token.clone();
    if (rehearses_) {
        if (auto sent = idp->refresh(refresh_token, bounds); !sent) return std::move(sent).error();
        return sign_in;
    }
    sign_in.sent = sign_in.rotates;
    if (auto kept = kept_.write(session.name, sign_in); !kept) return std::move(kept).error();
    const auto tokens = idp->refresh(refresh_token, bounds);
    if (!tokens) {
        if (tokens.error().oauth_error == "invalid_grant") {
            if (auto gone = kept_.erase(session.name); !gone) return std::move(gone).error();
            return sign_in_again(session, "the identity provider has ended the session");
        }
        sign_in.sent = sign_in.rotates && !is_unspent(tokens.error());
        if (auto kept = kept_.write(session.name, sign_in); !kept) return std::move(kept).error();
        return tokens.error();
    }
    // Kept before anything else is done with the answer: there is no other way to it.
    sign_in.rotates = !tokens->refresh_token.empty() && !(tokens->refresh_token == refresh_token);
    sign_in.sent = false;
    if (sign_in.rotates) sign_in.refresh_token = tokens->refresh_token.clone();
    if (auto kept = kept_.write(session.name, sign_in); !kept) return std::move(kept).error();

    ExpectedIdToken expected;
    expected.subject = sign_in.subject;
    auto fresh = idp->accept(*tokens, expected, bounds);
    if (!fresh) return fresh;
    if (!answers_the_same(sign_in.id_token, fresh->id_token))
        return Error(Status::protocol, "id_token",
                     "the renewed ID token has another nonce than the sign-in's");
    sign_in.id_token = std::move(fresh->id_token);
    sign_in.expires_at = fresh->expires_at;
    if (auto kept = kept_.write(session.name, sign_in); !kept) return std::move(kept).error();
    return sign_in;
}

Result<KeptSignIn> SignIns::renewed(const Session& session, const Trace& trace,
                                    const Bounds& bounds) {
    const auto lease = kept_.lease(session.name, bounds);
    if (!lease) return lease.error();
    auto sign_in = current(session);  // anew: who had the lease before us may have renewed it
    if (!sign_in || is_fresh(*sign_in)) return sign_in;
    const bool valid = sign_in->expires_at > clock_.wall(sign_in->issuer);
    if (sign_in->refresh_token.empty() || sign_in->sent) {
        if (valid) return sign_in;
        return sign_in_again(
            session, sign_in->sent ? "the last renewal got no answer, and a refresh token is not "
                                     "sent twice"
                                   : "the ID token has expired, and there is no refresh token");
    }
    auto fresh = renew(session, std::move(*sign_in), trace, bounds);
    if (fresh || !valid || fresh.status() != Status::unavailable) return fresh;
    // What is there still holds; the outage may be over when it does not any more.
    return current(session);
}

Result<SubjectAssertion> SignIns::subject(const Session& session, std::string_view token_type,
                                          const Trace& trace, const Bounds& bounds) {
    const bool refresh_token = token_type == refresh_token_type;
    if (!refresh_token && token_type != id_token_type)
        return Error(Status::unsupported, "session",
                     "a session has an ID token and a refresh token, and nothing of this type");
    auto sign_in = current(session);
    if (sign_in && !refresh_token && !is_fresh(*sign_in)) sign_in = renewed(session, trace, bounds);
    if (!sign_in) return std::move(sign_in).error();
    if (refresh_token && (sign_in->refresh_token.empty() || sign_in->sent))
        return sign_in_again(session, "the session has no refresh token that can be used");
    SubjectAssertion assertion;
    assertion.value = refresh_token ? sign_in->refresh_token.reveal() : sign_in->id_token.reveal();
    assertion.token_type = token_type;
    assertion.expires_at = refresh_token ? 0 : sign_in->expires_at;
    assertion.issuer = sign_in->issuer;
    assertion.subject = sign_in->subject;
    return assertion;
}

}  // namespace mcp_auth::host
