#include "examination.hpp"

#include "untrusted_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

void Examination::ask_server() {
    auto answer = probe_(*host_->http(), bounds_);
    if (!answer) {
        if (answer.error().leg.empty()) answer.error().leg = "mcp";
        findings_.fault("server", "The MCP server gave no answer.", answer.error());
        return;
    }
    answer_ = std::move(*answer);
    const Facts status{{"HTTP status", std::to_string(answer_->status)}};
    if (answer_->status != 401) {
        findings_.note("server",
                       answer_->status == 200
                           ? "The MCP server lets a client in without a token."
                           : "The MCP server did not ask for a token; is this its endpoint?",
                       status);
        return;
    }
    challenge_ = read_challenge(answer_->headers);
    if (!challenge_) {
        findings_.note("server",
                       "The MCP server asks for a token, without a Bearer or DPoP challenge "
                       "that can be read: its metadata is looked for at the well-known URLs.",
                       status);
        return;
    }
    findings_.good("server", "The MCP server asks for a token.", status + facts_of_challenge());
}

Facts Examination::facts_of_challenge() const {
    Facts facts{{"schemes", std::string(challenge_->bearer ? "Bearer" : "") +
                                (challenge_->bearer && challenge_->dpop ? ", " : "") +
                                (challenge_->dpop ? "DPoP" : "")}};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) facts.emplace_back(name, untrusted_text(value));
    };
    add("resource_metadata", challenge_->resource_metadata);
    add("scope", challenge_->scope);
    add("error", challenge_->error);
    add("error description", challenge_->error_description);
    return facts;
}

void Examination::look_up_old_server() {
    findings_.note("resource_metadata",
                   "The connection's \"discovery\" is \"" + config_->discovery +
                       "\": none is looked for, the server's own origin is its authorization "
                       "server.");
    const auto url = Url::parse(url_);
    if (!url) return;
    auto server = host_->discovery().server_of_2025_03_26(*url, trace(), bounds_);
    const auto asked = facts_of(rehearsal_.take_lookups());
    if (!server)
        return findings_.fault("server_metadata", "It has no metadata that can be used.",
                               server.error(), asked);
    issuer_ = server->issuer;
    findings_.good("server_metadata", "What it publishes, or the endpoints of that revision.",
                   asked + facts_of(*server));
    servers_[issuer_] = std::make_shared<const ServerMetadata>(std::move(*server));
}

void Examination::look_up_resource() {
    if (config_ != nullptr && !config_->discovery.empty()) return look_up_old_server();
    const bool prefix = config_ != nullptr && config_->resource_path_prefix;
    auto resource = host_->discovery().resource(url_, challenge_, prefix, trace(), bounds_);
    const auto asked = facts_of(rehearsal_.take_lookups());
    if (!resource) {
        findings_.fault("resource_metadata",
                        "What the MCP server publishes of itself cannot be used.", resource.error(),
                        asked);
        return;
    }
    auto facts = asked + Facts{{"resource", untrusted_text(resource->resource)},
                               {"authorization servers", joined(resource->authorization_servers)},
                               {"scopes", joined(resource->scopes_supported)}};
    if (resource->dpop_bound_access_tokens_required) facts.emplace_back("DPoP", "required");
    if (config_ == nullptr) {
        issuers_ = resource->authorization_servers;
        findings_.good("resource_metadata", "The MCP server's metadata is of this URL.",
                       std::move(facts));
        return;
    }
    facts.emplace_back("allowed issuers", facts_of(*config_)[2].second);
    const auto issuer = choose_issuer(*resource, config_->issuer);
    if (!issuer) {
        findings_.fault("resource_metadata",
                        "The MCP server's metadata is of this URL, but names no authorization "
                        "server that the configuration allows.",
                        issuer.error(), std::move(facts));
        return;
    }
    issuer_ = *issuer;
    facts.emplace_back("chosen", *issuer);
    findings_.good("resource_metadata",
                   "The MCP server's metadata is of this URL, and names an authorization "
                   "server that the configuration allows.",
                   std::move(facts));
}

// The one that was chosen, or those that would be allowed; then those of the other clients.
void Examination::look_up_servers() {
    std::vector<std::string> issuers = issuers_;
    if (!issuer_.empty())
        issuers = {issuer_};
    else if (config_ != nullptr)
        issuers = config_->issuer.allowed;
    constexpr std::size_t most = 4;  // a server could name a thousand
    if (issuers.size() > most) issuers.resize(most);
    for (const auto& issuer : issuers)
        look_up_server(issuer, "The authorization server " + untrusted_text(issuer));
    if (config_ == nullptr) return;
    for (const auto& [name, client] : config_->provider.clients)
        if (!client.issuer.empty() && client.token_endpoint.empty())
            look_up_server(client.issuer,
                           fmt::format("{}, where client \"{}\" is known,", client.issuer, name));
}

void Examination::look_up_server(const std::string& issuer, const std::string& who) {
    if (servers_.count(issuer) > 0) return;
    auto server = host_->metadata().server(issuer, trace(), bounds_);
    servers_[issuer] = server ? *server : nullptr;
    const auto asked = facts_of(rehearsal_.take_lookups());
    if (server)
        findings_.good("server_metadata", who + " publishes metadata that is its own.",
                       asked + facts_of(**server));
    else
        findings_.fault("server_metadata", who + " has no metadata that can be used.",
                        server.error(), asked + Facts{{"issuer", untrusted_text(issuer)}});
}

}  // namespace mcp_auth::host
