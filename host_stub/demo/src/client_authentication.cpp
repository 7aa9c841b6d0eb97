#include "client_authentication.hpp"

#include <Poco/Base64Decoder.h>
#include <Poco/Exception.h>

#include <iterator>
#include <sstream>

namespace mcp_auth::demo {
namespace {

struct Credentials {
    std::string id;
    std::string secret;
};

Answer invalid_client(std::string_view why) {
    Answer answer = error_answer(401, "invalid_client", why);
    answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"token endpoint\"");
    return answer;
}

// Id and secret are form-urlencoded one by one before they are joined (RFC 6749 2.3.1, G2): a
// client that leaves this out fails here on the first secret with a plus or a percent sign.
std::optional<Credentials> basic(const std::string& authorization) {
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
    return Credentials{*id, *secret};
}

}  // namespace

std::string_view to_string(ClientMethod method) noexcept {
    switch (method) {
    case ClientMethod::none: return "none";
    case ClientMethod::client_secret_basic: return "client_secret_basic";
    case ClientMethod::client_secret_post: return "client_secret_post";
    }
    return "none";
}

std::optional<Answer> refuse_client(const Client& client, const RecordedRequest& request,
                                    const Form& form) {
    const bool has_header = request.has_header("Authorization");
    const bool has_secret = form.has("client_secret");
    if (form.has("client_assertion") || form.has("client_assertion_type"))
        return invalid_client("this client does not authenticate by an assertion");
    if (has_header && has_secret)
        return error_answer(400, "invalid_request", "more than one client authentication method");
    const ClientMethod used = has_header   ? ClientMethod::client_secret_basic
                              : has_secret ? ClientMethod::client_secret_post
                                           : ClientMethod::none;
    if (used != client.method)
        return invalid_client("not the client authentication method that is registered");

    Credentials shown{form["client_id"], form["client_secret"]};
    if (used == ClientMethod::client_secret_basic) {
        const auto decoded = basic(request.header("Authorization"));
        if (!decoded) return invalid_client("the Authorization header is not readable");
        if (form.has("client_id") && form["client_id"] != decoded->id)
            return error_answer(400, "invalid_request", "two client ids");
        shown = *decoded;
    }
    if (shown.id != client.id) return invalid_client("unknown client");
    if (used != ClientMethod::none && !equal_in_constant_time(shown.secret, client.secret))
        return invalid_client("wrong client secret");
    return std::nullopt;
}

}  // namespace mcp_auth::demo
