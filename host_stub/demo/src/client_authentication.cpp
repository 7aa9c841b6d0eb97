#include "client_authentication.hpp"

#include "jwt.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/Exception.h>

#include <iterator>
#include <sstream>

namespace mcp_auth::demo {
namespace {

Answer invalid_client(std::string_view why) {
    Answer answer = error_answer(401, "invalid_client", why);
    answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"token endpoint\"");
    return answer;
}

constexpr char assertion_type[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::int64_t longest_assertion = 60;  // seconds (G2)

// RFC 7523 3. What is wrong with it is said: a test wants to know.
std::optional<Answer> refuse_assertion(const Client& client, const TokenEndpoint& endpoint,
                                       const Form& form) {
    const std::string assertion = form["client_assertion"];
    endpoint.party.ledger->secret(assertion);
    if (form["client_assertion_type"] != assertion_type)
        return invalid_client("client_assertion_type is another one");
    const auto jwt = verify_jwt(assertion, {"JWT", "client-authentication+jwt", ""},
                                from_private_pem(client.key), client.algorithm);
    if (!jwt) return invalid_client("client_assertion: " + jwt.error().message);
    if (string_member(*jwt->header, "kid").value_or(client_key_id) != client_key_id)
        return invalid_client("client_assertion: kid is another key");
    if (jwt->claim("iss") != client.id || jwt->claim("sub") != client.id)
        return invalid_client("client_assertion: iss and sub are not this client");
    if (form.has("client_id") && form["client_id"] != client.id)
        return error_answer(400, "invalid_request", "two client ids");
    if (!jwt->is_for(endpoint.issuer) && !jwt->is_for(endpoint.url))
        return invalid_client("client_assertion: aud is not this authorization server alone");
    const std::int64_t now = endpoint.party.now(), expires_at = jwt->time("exp");
    if (expires_at <= now) return invalid_client("client_assertion: expired");
    if (jwt->time("iat") > now + clock_tolerance ||
        expires_at - jwt->time("iat") > longest_assertion)
        return invalid_client("client_assertion: it lives too long");
    if (jwt->claim("jti").empty()) return invalid_client("client_assertion: jti is missing");
    if (endpoint.assertions.shown_before(jwt->claim("jti"), expires_at, now))
        return invalid_client("client_assertion: jti was shown before");
    return std::nullopt;
}

}  // namespace

// Id and secret are form-urlencoded one by one before they are joined (RFC 6749 2.3.1, G2): a
// client that leaves this out fails here on the first secret with a plus or a percent sign.
std::optional<BasicCredentials> basic_credentials(const std::string& authorization) {
    const std::size_t space = authorization.find(' ');
    if (space == std::string::npos ||
        !equal_ignoring_case(std::string_view(authorization).substr(0, space), "Basic"))
        return std::nullopt;
    std::string joined;
    try {
        std::istringstream in(authorization.substr(space + 1));
        Poco::Base64Decoder decoder(in);
        joined.assign(std::istreambuf_iterator<char>(decoder), {});
    } catch (const Poco::Exception&) {
        return std::nullopt;
    }
    const std::size_t colon = joined.find(':');
    if (colon == std::string::npos) return std::nullopt;
    const auto id = form_decode(std::string_view(joined).substr(0, colon));
    const auto secret = form_decode(std::string_view(joined).substr(colon + 1));
    if (!id || !secret) return std::nullopt;
    return BasicCredentials{*id, *secret};
}

std::string_view to_string(ClientMethod method) noexcept {
    switch (method) {
    case ClientMethod::none: return "none";
    case ClientMethod::client_secret_basic: return "client_secret_basic";
    case ClientMethod::client_secret_post: return "client_secret_post";
    case ClientMethod::private_key_jwt: return "private_key_jwt";
    case ClientMethod::tls_client_auth: return "tls_client_auth";
    }
    return "none";
}

std::optional<Answer> refuse_client(const Client& client, const TokenEndpoint& endpoint,
                                    const RecordedRequest& request, const Form& form) {
    const bool has_header = request.has_header("Authorization");
    const bool has_secret = form.has("client_secret");
    const bool has_assertion = form.has("client_assertion") || form.has("client_assertion_type");
    if (has_header + has_secret + has_assertion > 1)
        return error_answer(400, "invalid_request", "more than one client authentication method");
    const ClientMethod used = has_header      ? ClientMethod::client_secret_basic
                              : has_secret    ? ClientMethod::client_secret_post
                              : has_assertion ? ClientMethod::private_key_jwt
                              : request.client_certificate.empty() ? ClientMethod::none
                                                                   : ClientMethod::tls_client_auth;
    if (used != client.method)
        return invalid_client("not the client authentication method that is registered");
    if (used == ClientMethod::private_key_jwt) return refuse_assertion(client, endpoint, form);

    BasicCredentials shown{form["client_id"], form["client_secret"]};
    if (used == ClientMethod::client_secret_basic) {
        const auto decoded = basic_credentials(request.header("Authorization"));
        if (!decoded) return invalid_client("the Authorization header is not readable");
        if (form.has("client_id") && form["client_id"] != decoded->id)
            return error_answer(400, "invalid_request", "two client ids");
        shown = *decoded;
    }
    if (shown.id != client.id) return invalid_client("unknown client");
    if (used == ClientMethod::tls_client_auth) {  // RFC 8705 2.1
        if (request.client_certificate == client.id) return std::nullopt;
        return invalid_client("the certificate is another client's");
    }
    if (used != ClientMethod::none && !equal_in_constant_time(shown.secret, client.secret))
        return invalid_client("wrong client secret");
    return std::nullopt;
}

}  // namespace mcp_auth::demo
