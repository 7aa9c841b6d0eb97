#include "diagnosis_report.hpp"

#include "ascii_case.hpp"
#include "untrusted_text.hpp"
#include "url.hpp"

#include <algorithm>
#include <array>

namespace mcp_auth::host {

namespace {

std::string_view without_final_slash(std::string_view text) {
    if (!text.empty() && text.back() == '/') text.remove_suffix(1);
    return text;
}

// Empty: it does not look like it at all.
std::string difference(const ConnectionConfig& connection, const Url& wanted) {
    std::string_view server = connection.server;
    const std::string_view url = wanted.text();
    if (connection.is_prefix()) {
        server.remove_suffix(1);
        if (without_final_slash(server) == without_final_slash(url))
            return "a prefix, which matches what is below it and not itself";
    }
    if (without_final_slash(server) == without_final_slash(url)) return "differs by a final slash";
    if (equal_ignoring_case(server, url)) return "differs in upper and lower case";
    const auto configured = Url::parse(server);
    if (!configured || configured->host() != wanted.host()) return {};
    if (configured->scheme() != wanted.scheme())
        return "has another scheme, " + configured->scheme();
    if (configured->port() != wanted.port())
        return "has another port, " + std::to_string(configured->port());
    return "has another path";
}

// A list that a server publishes, or that it says nothing.
void add_list(Facts& facts, const std::string& name, const json::Value& document,
              std::string_view member, const std::string& otherwise) {
    const auto list = document.strings(member);
    facts.emplace_back(name, list ? joined(*list) : otherwise);
}

std::string yes_or_no(const json::Value& document, std::string_view member) {
    const auto* value = document.find(member);
    return value != nullptr && value->as_bool().value_or(false) ? "yes" : "no";
}

}  // namespace

Facts operator+(Facts first, const Facts& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

void FindingList::good(std::string step, std::string summary, Facts facts) {
    diagnosis_.findings.push_back({std::move(step), Finding::Verdict::good, std::move(summary),
                                   std::move(facts), std::nullopt});
}

void FindingList::note(std::string step, std::string summary, Facts facts) {
    diagnosis_.findings.push_back({std::move(step), Finding::Verdict::note, std::move(summary),
                                   std::move(facts), std::nullopt});
}

void FindingList::fault(std::string step, std::string summary, Error error, Facts facts) {
    if (diagnosis_.holds(error)) return;
    diagnosis_.findings.push_back({std::move(step), Finding::Verdict::fault, std::move(summary),
                                   std::move(facts), std::move(error)});
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts) {
        if (all.size() > 1024) return all + ", ...";
        all += (all.empty() ? "" : ", ") + untrusted_text(text);
    }
    return all.empty() ? "none" : all;
}

Facts near_matches(const Config& config, std::string_view server_url) {
    Facts facts;
    const auto wanted = Url::parse(server_url);
    if (!wanted) return facts;
    for (const auto& connection : config.connections)
        if (const auto why = difference(connection, *wanted); !why.empty())
            facts.emplace_back("nearly", connection.server + " (" + why + ")");
    return facts;
}

Facts facts_of(const ConnectionConfig& connection) {
    Facts facts{
        {"server", connection.server},
        {"provider", connection.provider.name},
        {"allowed issuers", connection.issuer.discovered ? "whichever the server's metadata names"
                                                         : joined(connection.issuer.allowed)}};
    if (!connection.scopes.empty()) facts.emplace_back("scopes", joined(connection.scopes));
    if (!connection.send_resource)
        facts.emplace_back("resource", "not sent to the authorization server (send_resource)");
    facts.emplace_back("DPoP", described(connection.dpop));
    return facts;
}

Facts facts_of(const ServerMetadata& server) {
    const auto& document = server.document;
    Facts facts{{"issuer", server.issuer},
                {"token endpoint", untrusted_text(server.token_endpoint)}};
    add_list(facts, "grants", document, "grant_types_supported", "not said");
    add_list(facts, "grant profiles", document, "authorization_grant_profiles_supported",
             "not said");
    add_list(facts, "client authentication", document, "token_endpoint_auth_methods_supported",
             "not said, so client_secret_basic is held to be possible");
    add_list(facts, "DPoP", document, "dpop_signing_alg_values_supported", "not said");
    add_list(facts, "PKCE", document, "code_challenge_methods_supported", "not said");
    facts.emplace_back("registration", server.registration_endpoint.empty()
                                           ? "no"
                                           : untrusted_text(server.registration_endpoint));
    facts.emplace_back("client metadata documents",
                       yes_or_no(document, "client_id_metadata_document_supported"));
    facts.emplace_back("iss in answers",
                       yes_or_no(document, "authorization_response_iss_parameter_supported"));
    return facts;
}

std::string described(const DpopConfig& dpop) {
    if (dpop.mode == DpopMode::off) return "off: a server that demands it is refused";
    std::string words = dpop.mode == DpopMode::required
                            ? "required: a token that is bound to no key is discarded"
                            : "auto: where the server asks for it";
    words += dpop.key.from == SecretReference::From::none
                 ? "; with a key of this process, which ends with it"
                 : "; with the key from " + described(dpop.key);
    return dpop.algorithm.empty() ? words : words + ", by " + dpop.algorithm;
}

std::string described(const SecretReference& reference) {
    switch (reference.from) {
    case SecretReference::From::none: return "none";
    case SecretReference::From::literal: return "the configuration itself";
    case SecretReference::From::env: return "the environment variable " + reference.name;
    case SecretReference::From::file: return "the file " + reference.name;
    case SecretReference::From::command: return "the command " + reference.command.front();
    case SecretReference::From::session: return "the session " + reference.name;
    case SecretReference::From::application: return "the application";
    }
    return "none";
}

Facts facts_of(const ClientConfig& client, std::string_view issuer) {
    Facts facts;
    if (!client.id.empty()) facts.emplace_back("id", client.id);
    if (!client.metadata_document.empty())
        facts.emplace_back("metadata document", client.metadata_document);
    if (client.registration) facts.emplace_back("registration", "by the host, at the issuer");
    facts.emplace_back("issuer", std::string(issuer));
    if (!client.token_endpoint.empty())
        facts.emplace_back("token endpoint", client.token_endpoint + " (configured)");
    facts.emplace_back("method",
                       std::string(to_string(client.method.value_or(ClientMethod::none))));
    struct Place {
        const char* name;
        const SecretReference& reference;
    };
    for (const auto& [name, reference] :
         {Place{"secret from", client.secret}, Place{"key from", client.key},
          Place{"certificate from", client.certificate}})
        if (reference.from != SecretReference::From::none)
            facts.emplace_back(name, described(reference));
    return facts;
}

Facts facts_of(const Rehearsal::Unsent& unsent) {
    Facts facts{{"request", unsent.method + " " + unsent.url}};
    if (!unsent.authentication.empty())
        facts.emplace_back("client authentication", unsent.authentication);
    for (const auto& [name, value] : unsent.fields)
        facts.emplace_back(untrusted_text(name), untrusted_text(value));
    return facts;
}

Facts facts_of(const std::vector<Rehearsal::Lookup>& lookups) {
    Facts facts;
    for (const auto& lookup : lookups)
        facts.emplace_back("asked", lookup.url + ": " +
                                        (lookup.status != 0 ? std::to_string(lookup.status)
                                                            : untrusted_text(lookup.fault)));
    return facts;
}

}  // namespace mcp_auth::host
