#include "authorization_endpoint.hpp"

#include "html_page.hpp"

#include <Poco/URI.h>

#include <algorithm>
#include <utility>

namespace mcp_auth::demo {
namespace {

constexpr std::string_view offline_access = "offline_access";

std::string encoded(const std::string& text) {
    std::string out;
    Poco::URI::encode(text, "!#$&'()*+,/:;=?@[]", out);
    return out;
}

Answer consent_page(const std::string& client, const std::string& scope) {
    std::string scopes;
    for (const auto& token : split_scope(scope)) scopes += "<li>" + escaped(token) + "</li>";
    if (scopes.empty()) scopes = "<li>what the server gives by default</li>";
    return html_page(
        200, "Allow access to Chat?",
        "<p>The application <strong>" + escaped(client) +
            "</strong> wants to use the chat server in your name:</p>\n<ul>" + scopes +
            "</ul>\n<form method=\"post\">\n<label for=\"user\">You are</label>\n"
            "<select id=\"user\" name=\"user\"><option>alice</option><option>bob</option>"
            "<option>carol</option></select>\n"
            "<button id=\"allow\" name=\"do\" value=\"allow\">Allow</button>\n"
            "<button id=\"deny\" name=\"do\" value=\"deny\">Deny</button>\n</form>\n");
}

// RFC 8252 7.3: a native client's redirect URI may have any port.
bool is_loopback_callback(const std::string& uri) {
    for (const std::string_view start : {"http://127.0.0.1", "http://localhost"}) {
        if (uri.rfind(start, 0) != 0) continue;
        auto rest = uri.substr(start.size());
        if (!rest.empty() && rest.front() == ':')
            rest = rest.substr(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
        return rest == "/callback";
    }
    return false;
}

}  // namespace

Answer AuthorizationEndpoint::answer(const RecordedRequest& request) {
    RecordedRequest query;
    query.body = request.target.substr(std::min(request.target.find('?'), request.target.size()));
    if (!query.body.empty()) query.body.erase(0, 1);
    if (query.field("client_id") != party_.options.mcp_client.id ||
        !is_loopback_callback(query.field("redirect_uri").value_or("")))
        return html_page(400, "This cannot go on",
                         "<p>The application or its redirect URI is not registered here.</p>\n");
    if (request.method == "GET" && !party_.options.consent_at_once)
        return consent_page(party_.options.mcp_client.id, query.field("scope").value_or(""));
    if (request.method == "GET") return decide(query, "alice");
    const auto form = Form::of(request);
    return decide(query, form && (*form)["do"] == "allow" ? (*form)["user"] : std::string());
}

// `user`: empty where nobody consented.
Answer AuthorizationEndpoint::decide(const RecordedRequest& query, const std::string& user) {
    const auto given = [&](const char* name) { return query.field(name).value_or(""); };
    const auto back = [&](const std::string& result) {
        return Answer{303,
                      {{"Location", given("redirect_uri") + "?" + result +
                                        "&state=" + encoded(given("state")) +
                                        "&iss=" + encoded(party_.authorization_server_issuer)},
                       {"Cache-Control", "no-store"}},
                      {},
                      false};
    };
    if (given("response_type") != "code") return back("error=unsupported_response_type");
    if (given("code_challenge_method") != "S256" || given("code_challenge").empty())
        return back("error=invalid_request&error_description=PKCE+with+S256+is+required");
    if (!given("resource").empty() && given("resource") != party_.resource)
        return back("error=invalid_target");
    const auto* person = party_.policy->by_name(user);
    const auto allowed =
        person == nullptr
            ? std::nullopt
            : party_.policy->allowed(user, party_.authorization_server_issuer, party_.resource);
    if (!allowed) return back("error=access_denied&error_description=not+allowed");
    auto scopes = intersect(split_scope(given("scope")), *allowed);
    if (scopes.empty()) return back("error=invalid_scope");
    const auto asked = split_scope(given("scope"));
    if (std::find(asked.begin(), asked.end(), offline_access) != asked.end())
        scopes.emplace_back(offline_access);
    const auto code = codes_.issue({person->subject,
                                    given("redirect_uri"),
                                    given("code_challenge"),
                                    join_scope(scopes),
                                    {},
                                    party_.now()},
                                   party_.now());
    party_.ledger->secret(code);
    return back("code=" + encoded(code));
}

std::optional<AuthorizedCode> AuthorizationEndpoint::redeem(const Form& form) {
    return codes_.redeem(form["code"], form["redirect_uri"], form["code_verifier"], party_.now());
}

}  // namespace mcp_auth::demo
