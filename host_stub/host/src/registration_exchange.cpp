#include "registration_exchange.hpp"

#include "address_policy.hpp"
#include "grant.hpp"
#include "http_date.hpp"
#include "oauth_error.hpp"
#include "retry.hpp"
#include "scope.hpp"
#include "url.hpp"
#include "wiped_exchange.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view leg = "registration";
constexpr int max_tries = 3;                           // K2
constexpr std::size_t max_response_bytes = 64 * 1024;  // L3
constexpr std::size_t max_id_bytes = 2048;             // as in the configuration
constexpr std::size_t max_secret_bytes = 8 * 1024;
constexpr std::string_view by_hand =
    "register this host there by hand, and set the client's \"id\" (and \"method\" and "
    "\"secret\") in the configuration";

// What a client that a server registers may be told to do.
constexpr std::array methods{ClientMethod::client_secret_basic, ClientMethod::client_secret_post,
                             ClientMethod::none};

Error fault(Status status, std::string message) {
    return {status, std::string(leg), std::move(message)};
}

bool needs_secret(ClientMethod method) noexcept {
    return method != ClientMethod::none;
}

bool lists(const ServerMetadata& server, ClientMethod method) {
    const auto& listed = server.auth_methods;
    return !server.states_auth_methods ||
           std::find(listed.begin(), listed.end(), to_string(method)) != listed.end();
}

json::Value words(std::string_view text) {
    auto array = json::Value::array();
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end != 0) array.push(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return array;
}

// OpenID Connect Dynamic Registration 2: redirects to loopback or to a scheme of its own are what
// a native application has, and so is none at all on a user's machine.
std::string_view application_type(const std::string& redirect_uri) {
    const auto url = Url::parse(redirect_uri);
    return url && url->secure() && !is_loopback_host(url->host()) ? "web" : "native";
}

std::string document(std::string_view client_name, const RegistrationRequest& asked,
                     ClientMethod method) {
    auto body = json::Value::object();
    body.set("client_name", client_name);
    if (!asked.redirect_uri.empty())
        body.set("redirect_uris", json::Value::array().push(asked.redirect_uri));
    if (!asked.grant_types.empty()) {
        body.set("grant_types", words(asked.grant_types));
        body.set("response_types", words(scope_contains(asked.grant_types, "authorization_code")
                                             ? "code"
                                             : std::string_view()));
    }
    if (!asked.scope.empty()) body.set("scope", asked.scope);
    body.set("application_type", application_type(asked.redirect_uri));
    body.set("token_endpoint_auth_method", to_string(method));
    return body.dump();
}

// A text that can stand in a header or a form (VSCHAR of RFC 6749 appendix A); nothing otherwise.
std::optional<std::string_view> visible(const json::Value& body, std::string_view name,
                                        std::size_t max_bytes) {
    const auto* member = body.find(name);
    const auto* text = member != nullptr ? member->as_string() : nullptr;
    if (text == nullptr || text->empty() || text->size() > max_bytes ||
        !std::all_of(text->begin(), text->end(), [](char c) { return c >= 0x20 && c <= 0x7e; }))
        return std::nullopt;
    return *text;
}

// RFC 7591 3.2.2, and what servers say that register only whom they know.
Error refused(const HttpResponse& response, const json::Value* body, std::string code) {
    auto error = classify_oauth_error(response, body, std::move(code), Grant::other);
    error.leg = leg;
    struct Meaning {
        std::string_view code;
        Status status;
        std::string_view what_to_do;
    };
    const std::string refused_to = "answered " + error.oauth_error + " (HTTP " +
                                   std::to_string(response.status) + "): the server ";
    for (const auto& [known, status, what] :
         {Meaning{"invalid_redirect_uri", Status::misconfigured,
                  "does not register clients with this redirect URI; "},
          Meaning{"invalid_client_metadata", Status::misconfigured,
                  "does not register such a client; "},
          Meaning{"invalid_request", Status::misconfigured, "does not register such a client; "},
          Meaning{"invalid_token", Status::misconfigured,
                  "registers only those whom it gave an initial access token; "},
          Meaning{"unapproved_software_statement", Status::denied,
                  "does not register this software; "}}) {
        if (error.oauth_error != known || error.status == Status::unavailable) continue;
        error.status = status;
        error.message = refused_to + std::string(what) + std::string(by_hand);
    }
    return error;
}

// An answer that is neither a registration nor an OAuth error: what its status alone says.
Error without_oauth_error(int status, std::string_view what) {
    const auto answered = "answered HTTP " + std::to_string(status);
    if (status == 429)
        return fault(Status::unavailable, answered + ": there were too many requests");
    if (status >= 500) return fault(Status::unavailable, answered + ": try again later");
    if (status >= 300 && status < 400)
        return fault(Status::protocol, answered + ": redirects are not followed here");
    if (status == 401 || status == 403)
        return fault(Status::misconfigured, answered +
                                                ": the server registers only those whom it "
                                                "knows; " +
                                                std::string(by_hand));
    if (status >= 400)
        return fault(Status::protocol, answered + " without an OAuth error (RFC 7591 3.2.2); " +
                                           std::string(by_hand));
    return fault(Status::protocol, answered + ", but " + std::string(what));
}

// What the answer says, else what it implies: a secret that nobody asked for is none of ours, and
// one that was asked for and did not come makes a public client of this one.
Result<ClientMethod> method_in(const json::Value& body, ClientMethod asked, bool has_secret) {
    const auto* stated = body.find("token_endpoint_auth_method");
    if (stated == nullptr || stated->is_null()) return has_secret ? asked : ClientMethod::none;
    for (const auto method : methods)
        if (stated->as_string() != nullptr && *stated->as_string() == to_string(method))
            return method;
    return fault(Status::protocol,
                 "it registered this host with a token_endpoint_auth_method that was not asked "
                 "for and cannot be used");
}

Result<void> check_redirect(const json::Value& body, const RegistrationRequest& asked) {
    if (asked.redirect_uri.empty() || body.find("redirect_uris") == nullptr) return {};
    const auto registered = body.strings("redirect_uris");
    if (registered &&
        std::find(registered->begin(), registered->end(), asked.redirect_uri) != registered->end())
        return {};
    return fault(Status::protocol, "it registered other redirect URIs than the one asked for");
}

Result<std::int64_t> expiry_in(const json::Value& body, std::int64_t now) {
    const auto* member = body.find("client_secret_expires_at");
    if (member == nullptr || member->is_null()) return std::int64_t{0};
    const auto seconds = member->as_integer();
    if (!seconds || *seconds < 0)
        return fault(Status::protocol, "its client_secret_expires_at is no time");
    if (*seconds != 0 && *seconds <= now)
        return fault(Status::protocol, "its client_secret has expired already");
    return *seconds;
}

Result<RegisteredClient> read_success(const json::Value& body, const RegistrationRequest& asked,
                                      ClientMethod asked_method, const ServerMetadata& server,
                                      std::int64_t now) {
    RegisteredClient client;
    const auto id = visible(body, "client_id", max_id_bytes);
    if (!id)
        return fault(Status::protocol,
                     "its client_id is missing, too long, or has characters that it must not have");
    client.id = *id;
    const bool has_secret = body.find("client_secret") != nullptr;
    const auto method = method_in(body, asked_method, has_secret);
    if (!method) return method.error();
    client.method = *method;
    if (!lists(server, client.method))
        return fault(Status::protocol, "it registered this host for " +
                                           std::string(to_string(client.method)) +
                                           ", which its metadata does not list");
    if (needs_secret(client.method)) {
        const auto secret = visible(body, "client_secret", max_secret_bytes);
        if (!secret)
            return fault(
                Status::protocol,
                "its client_secret is missing, too long, or has characters that it must not have");
        client.secret = Secret(*secret);
        const auto expires_at = expiry_in(body, now);
        if (!expires_at) return expires_at.error();
        client.expires_at = *expires_at;
    }
    if (auto redirect = check_redirect(body, asked); !redirect) return redirect.error();
    client.asked = asked;
    return client;
}

}  // namespace

Result<ClientMethod> method_to_register(const RegistrationRequest& asked,
                                        const ServerMetadata& server) {
    // RFC 6749 4.4: only confidential clients may use it.
    const bool confidential = scope_contains(asked.grant_types, "client_credentials");
    for (const auto method : methods)
        if (lists(server, method) && (needs_secret(method) || !confidential)) return method;
    return fault(Status::misconfigured,
                 "the authorization server " + server.issuer +
                     " lists no method in token_endpoint_auth_methods_supported that a client "
                     "registered by itself can use" +
                     (confidential ? " with the grant client_credentials; " : "; ") +
                     std::string(by_hand));
}

Result<RegisteredClient> read_registration(const HttpResponse& response,
                                           const RegistrationRequest& asked, ClientMethod method,
                                           const ServerMetadata& server, std::int64_t now) {
    const auto fail = [&](Error error) {
        error.http_status = response.status;
        if (error.status == Status::unavailable) error.retry_after = retry_after_of(response, now);
        return error;
    };
    const int status = response.status;
    if (status >= 300 && status < 400) return fail(without_oauth_error(status, ""));
    // The parser's own words (an offset, what it expected) quote nothing of the body.
    const auto parsed = json::parse(response.body, {max_response_bytes, 32});
    const json::Value* body = parsed && parsed->is_object() ? &*parsed : nullptr;
    if (auto code = oauth_error_of(response, body))
        return fail(refused(response, body, std::move(*code)));
    if (status < 200 || status >= 300 || body == nullptr)
        return fail(without_oauth_error(
            status, parsed ? "its body is not a JSON object" : "its body is not JSON"));
    auto client = read_success(*body, asked, method, server, now);
    if (!client) {
        client.error().message =
            "answered HTTP " + std::to_string(status) + ", but " + client.error().message;
        return fail(std::move(client.error()));
    }
    return client;
}

Result<RegisteredClient> RegistrationExchange::try_once(const HttpRequest& request,
                                                        const RegistrationRequest& asked,
                                                        ClientMethod method,
                                                        const ServerMetadata& server,
                                                        const Trace& trace, const Bounds& bounds) {
    auto& base = clock_.base();
    if (auto within = check_bounds(bounds, base); !within)
        return fault(within.status(), within.error().message);
    const Deadline started = base.now();
    auto sent = http_.send(request, bounds);
    auto event = leg_event(trace, leg, request, sent, base.now() - started);
    if (!sent) {
        trace.record(std::move(event));
        sent.error().leg = leg;
        return std::move(sent).error();
    }
    WipedExchange answer;
    answer.take(*std::move(sent));
    if (const auto date = date_of(answer.response)) clock_.observe(server.issuer, *date);
    auto client =
        read_registration(answer.response, asked, method, server, clock_.wall(server.issuer));
    if (!client) {
        client.error().message.insert(0, event.peer + " ");
        event.status = client.status();
        if (!client.error().oauth_error.empty())
            event.fields.emplace_back("oauth_error", client.error().oauth_error);
    }
    trace.record(std::move(event));
    return client;
}

Result<RegisteredClient> RegistrationExchange::run(std::string_view client_name,
                                                   const RegistrationRequest& asked,
                                                   const ServerMetadata& server, const Trace& trace,
                                                   const Bounds& outer) {
    if (server.registration_endpoint.empty())
        return fault(Status::misconfigured, "the authorization server " + server.issuer +
                                                " registers no clients by itself (its metadata "
                                                "has no registration_endpoint); " +
                                                std::string(by_hand));
    const auto method = method_to_register(asked, server);
    if (!method) return method.error();
    HttpRequest request;
    request.method = "POST";
    request.url = server.registration_endpoint;
    request.max_response_bytes = max_response_bytes;
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    request.body = document(client_name, asked, *method);
    auto& base = clock_.base();
    const auto bounds = bounded(outer, base);
    for (int tries = 1;; ++tries) {
        auto client = try_once(request, asked, *method, server, trace, bounds);
        if (client || client.status() != Status::unavailable || tries == max_tries) return client;
        const auto delay = delay_before_retry(tries, client.error(), base);
        if (base.now() + delay >= bounds.deadline) return client;
        if (auto waited = pause(delay, bounds, base); !waited)
            return fault(waited.status(), waited.error().message);
    }
}

}  // namespace mcp_auth::host
