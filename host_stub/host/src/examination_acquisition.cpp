#include "examination.hpp"

#include "request_state.hpp"
#include "secret_reference.hpp"
#include "untrusted_text.hpp"

#include <mcp_auth/jws.hpp>

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

void Examination::look_at_subject() {
    const auto& subject = config_->provider.subject;
    if (!subject) return;
    Facts facts{{"type", subject->type}, {"from", described(subject->from)}};
    if (subject->from.from == SecretReference::From::application ||
        subject->from.from == SecretReference::From::session) {
        findings_.good("subject", "The user's sign-in comes from " + described(subject->from) + ".",
                       std::move(facts));
        return;
    }
    const auto assertion = read_secret(subject->from, "the subject", "subject", bounds_);
    if (!assertion) {
        findings_.fault("subject", "The user's sign-in cannot be read.", assertion.error(),
                        std::move(facts));
        return;
    }
    if (const auto token = Jws::decode(assertion->reveal())) add_claims(token->payload, facts);
    findings_.good("subject", "The user's sign-in can be read.", std::move(facts));
}

// Of whom and for whom it is, and until when; not about whom.
void Examination::add_claims(const json::Value& claims, Facts& facts) const {
    facts.emplace_back("iss", untrusted_text(claims.string("iss")));
    const auto list = claims.strings("aud");
    facts.emplace_back("aud", list ? joined(*list) : untrusted_text(claims.string("aud")));
    const auto* exp = claims.find("exp");
    const auto at = exp != nullptr ? exp->as_integer() : std::nullopt;
    if (!at) return;
    const auto left = *at - host_->skewed().wall();
    facts.emplace_back("exp",
                       left > 0 ? fmt::format("in {} s", left) : fmt::format("{} s ago", -left));
}

// All of it, in the code of an acquisition, up to what would be sent.
void Examination::rehearse() {
    if (!instance_) return;
    auto connection = host_->connection(url_);
    if (!connection) return findings_.fault("request", "", connection.error());
    remarks_->take();
    rehearsal_.take_unsent();
    const auto error = run_acquisition(*connection);
    const auto unsent = rehearsal_.take_unsent();
    auto facts = remarks_->take();
    if (!unsent.empty()) {
        findings_.good("request",
                       "Everything up to here was gone through as an acquisition does it; "
                       "this would be sent next.",
                       facts_of(unsent.front()) + facts);
    } else if (error) {
        findings_.fault("request", "An acquisition ends before anything is sent.", *error,
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
    (void)request.authorize("POST", url_);
    if (answer_ && request.again(answer_->status, answer_->headers))
        (void)request.authorize("POST", url_);
    if (request.error() || request.token()) return request.error();
    auto user = connection->user_of({});
    if (!user) return user.error();
    Demand demand{std::move(*user), {}};
    auto token = connection->obtain(demand, connection->bounds_of(wait));
    if (!token) return token.error();
    return std::nullopt;
}

void Examination::look_at_clients() {
    for (const auto& [name, client] : config_->provider.clients) {
        std::string issuer = client.issuer.empty() ? issuer_ : client.issuer;
        if (issuer.empty() && config_->issuer.allowed.size() == 1)
            issuer = config_->issuer.allowed.front();
        const auto found = client.token_endpoint.empty() ? servers_.find(issuer) : servers_.end();
        look_at_client(client, issuer, found == servers_.end() ? nullptr : found->second);
    }
}

void Examination::look_at_client(const ClientConfig& client, const std::string& issuer,
                                 const ServerPointer& server) {
    auto facts = facts_of(client, issuer);
    if (!client.id.empty()) return authenticate(client, issuer, server, std::move(facts));
    const auto who = fmt::format("Client \"{}\"", client.name);
    if (!server)
        return findings_.note("client", who + " depends on its server's metadata.",
                              std::move(facts));
    const auto known = host_->registration().known({config_->provider.name, client, *server},
                                                   nullptr, trace(), bounds_);
    if (!known)
        return findings_.fault("client", who + " is not to be had at its server.", known.error(),
                               std::move(facts));
    if (!*known)
        return findings_.good("client", who + " is registered by the host when it is needed.",
                              std::move(facts));
    facts.emplace_back("known there as", untrusted_text((*known)->client.id));
    authenticate((*known)->client, issuer, server, std::move(facts));
}

// Builds a request in its name, which reads its secret or key, and sees whether the server lists
// its method.
void Examination::authenticate(const ClientConfig& client, const std::string& issuer,
                               const ServerPointer& server, Facts facts) {
    // Of a server of which nothing is known: enough to see whether there is a secret, or a key.
    ServerMetadata stand_in;
    stand_in.issuer = issuer;
    stand_in.token_endpoint = issuer.empty() ? url_ : issuer;
    std::vector<std::pair<std::string, Secret>> fields;
    fields.emplace_back("grant_type", Secret(std::string_view("rehearsal")));
    auto built = host_->token_endpoint().request(client, server ? *server : stand_in, fields,
                                                 trace(), bounds_);
    const auto who = fmt::format("Client \"{}\"", client.name);
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
