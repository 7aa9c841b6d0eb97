#include "examination.hpp"

#include "request_state.hpp"
#include "secret_reference.hpp"
#include "untrusted_text.hpp"

#include <mcp_auth/jws.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace mcp_auth::host {

void Examination::look_at_subjects() {
    look_at_subject(config_->provider, "");
    for (const auto* peer : peers_)
        look_at_subject(*peer, fmt::format(" of provider \"{}\", which is asked for the assertion,",
                                           peer->name));
}

// `whose`: of the connection's own provider, nothing more has to be said.
void Examination::look_at_subject(const ProviderConfig& provider, const std::string& whose) {
    const auto& subject = provider.subject;
    if (!subject) return;
    Facts facts{{"type", subject->type}, {"from", described(subject->from)}};
    const std::string sign_in = "The user's sign-in" + whose;
    if (subject->from.from == SecretReference::From::session) {
        const auto session = session_of(provider);
        if (session && *session) return look_at_session(**session, sign_in, std::move(facts));
        return findings_.fault("subject", sign_in + " cannot be used.",
                               session ? Error{} : session.error(), std::move(facts));
    }
    if (subject->from.from == SecretReference::From::application) {
        findings_.good("subject", sign_in + " comes from " + described(subject->from) + ".",
                       std::move(facts));
        return;
    }
    const auto assertion = read_secret(subject->from, "the subject", "subject", bounds_);
    if (!assertion) {
        findings_.fault("subject", sign_in + " cannot be read.", assertion.error(),
                        std::move(facts));
        return;
    }
    if (const auto token = Jws::decode(assertion->reveal())) add_claims(token->payload, facts);
    findings_.good("subject", sign_in + " can be read.", std::move(facts));
}

// Until when and by which client, as `whoami` says it; not about whom.
void Examination::look_at_session(const Session& session, const std::string& whose, Facts facts) {
    facts.emplace_back("identity provider", session.client.issuer);
    facts.emplace_back("kept", host_->sign_ins().place());
    if (session.dpop_key.from != SecretReference::From::none)
        facts.emplace_back("bound by DPoP to the key from", described(session.dpop_key));
    const auto who = host_->sign_ins().present(session);
    if (!who)
        return findings_.fault("subject", whose + " is not there.", who.error(), std::move(facts));
    facts.emplace_back("client", who->client_id);
    add_expiry(std::chrono::system_clock::to_time_t(who->expires_at), facts);
    facts.emplace_back("renewed before that", who->renewable ? "yes, by its refresh token" : "no");
    findings_.good("subject", whose + " is one of this host's own, and somebody is signed in.",
                   std::move(facts));
}

// Of whom and for whom it is, and until when; not about whom.
void Examination::add_claims(const json::Value& claims, Facts& facts) const {
    facts.emplace_back("iss", untrusted_text(claims.string("iss")));
    const auto list = claims.strings("aud");
    facts.emplace_back("aud", list ? joined(*list) : untrusted_text(claims.string("aud")));
    const auto* exp = claims.find("exp");
    const auto at = exp != nullptr ? exp->as_integer() : std::nullopt;
    if (at) add_expiry(*at, facts);
}

void Examination::add_expiry(std::int64_t at, Facts& facts) const {
    const auto left = at - host_->skewed().wall();
    facts.emplace_back("exp",
                       left > 0 ? fmt::format("in {} s", left) : fmt::format("{} s ago", -left));
}

// All of it, in the code of an acquisition, up to what would be sent.
void Examination::rehearse() {
    if (!instance_) return;
    auto connection = host_->connection(url_);
    if (!connection) {
        ended_ = connection.error();
        return;
    }
    remarks_->take();
    rehearsal_.take_unsent();
    ended_ = run_acquisition(*connection);
    unsent_ = rehearsal_.take_unsent();
    remarked_ = remarks_->take();
    const auto& providers = host_->config().providers;
    for (const auto& name : remarks_->take_peers()) {
        const auto found = providers.find(name);
        if (found == providers.end()) continue;
        if (std::find(peers_.begin(), peers_.end(), &found->second) == peers_.end())
            peers_.push_back(&found->second);
    }
}

void Examination::report_rehearsal() {
    if (!instance_) return;
    auto facts = std::move(remarked_);
    if (!unsent_.empty()) {
        findings_.good("request",
                       "Everything up to here was gone through as an acquisition does it; "
                       "this would be sent next.",
                       facts_of(unsent_.front()) + facts);
    } else if (ended_) {
        findings_.fault("request", "An acquisition ends before anything is sent.", *ended_,
                        std::move(facts));
    } else {
        findings_.good("request", "A token is there without asking for one.", std::move(facts));
    }
}

// As the command `token` does it: with the server's challenge, where there was one.
std::optional<Error> Examination::run_acquisition(
    const std::shared_ptr<ConnectionState>& connection) const {
    Wait wait;
    wait.deadline = bounds_.deadline;
    wait.cancellation = bounds_.cancellation;
    wait.interaction = true;  // a browser is not opened, but one that would be is no fault
    RequestState request(connection, wait);
    const auto authorize = [&] {
        if (auto headers = request.authorize("POST", url_)) const WipedHeaders unused(*headers);
    };
    authorize();
    if (answer_ && request.again(answer_->status, answer_->headers)) authorize();
    if (request.error() || request.token()) return request.error();
    auto user = connection->user_of({});
    if (!user) return user.error();
    Demand demand{std::move(*user), {}};
    auto token = connection->obtain(demand, connection->bounds_of(wait));
    if (!token) return token.error();
    return std::nullopt;
}

void Examination::look_at_clients() {
    look_at_clients(config_->provider, "");
    for (const auto* peer : peers_)
        look_at_clients(*peer, fmt::format(" of provider \"{}\"", peer->name));
}

void Examination::look_at_clients(const ProviderConfig& provider, const std::string& whose) {
    for (const auto& [name, client] : provider.clients) {
        std::string issuer = client.issuer.empty() ? issuer_ : client.issuer;
        if (issuer.empty() && config_->issuer.allowed.size() == 1)
            issuer = config_->issuer.allowed.front();
        const auto found = client.token_endpoint.empty() ? servers_.find(issuer) : servers_.end();
        look_at_client(provider, client, fmt::format("Client \"{}\"{}", name, whose), issuer,
                       found == servers_.end() ? nullptr : found->second);
    }
}

void Examination::look_at_client(const ProviderConfig& provider, const ClientConfig& client,
                                 const std::string& who, const std::string& issuer,
                                 const ServerPointer& server) {
    auto facts = facts_of(client, issuer);
    if (!client.id.empty()) return authenticate(client, who, issuer, server, std::move(facts));
    if (!server)
        return findings_.note("client", who + " depends on its server's metadata.",
                              std::move(facts));
    const auto known =
        host_->registration().known({provider.name, client, *server}, nullptr, trace(), bounds_);
    if (!known)
        return findings_.fault("client", who + " is not to be had at its server.", known.error(),
                               std::move(facts));
    if (!*known)
        return findings_.good("client", who + " is registered by the host when it is needed.",
                              std::move(facts));
    facts.emplace_back("known there as", untrusted_text((*known)->client.id));
    authenticate((*known)->client, who, issuer, server, std::move(facts));
}

// Builds a request in its name, which reads its secret or key, and sees whether the server lists
// its method.
void Examination::authenticate(const ClientConfig& client, const std::string& who,
                               const std::string& issuer, const ServerPointer& server,
                               Facts facts) {
    // Of a server of which nothing is known: enough to see whether there is a secret, or a key.
    ServerMetadata stand_in;
    stand_in.issuer = issuer;
    stand_in.token_endpoint = issuer.empty() ? url_ : issuer;
    std::vector<std::pair<std::string, Secret>> fields;
    fields.emplace_back("grant_type", Secret(std::string_view("rehearsal")));
    auto built = host_->token_endpoint().request(client, server ? *server : stand_in, fields,
                                                 trace(), bounds_);
    if (rehearsal_.take_unsent().empty() && !built) {
        built.error().leg = "client";
        return findings_.fault("client", who + " cannot authenticate itself.", built.error(),
                               std::move(facts));
    }
    findings_.good("client",
                   who + (client.has_credential() ? " has what it needs to authenticate itself."
                                                  : " is public: it proves nothing."),
                   std::move(facts));
}

}  // namespace mcp_auth::host
