// What a browser asks of the loopback listener: a head, and in it the authorization response.
#include "loopback_request.hpp"

#include "authorization_response.hpp"
#include "promise.hpp"
#include "targets.hpp"

#include <string>

namespace mcp_auth::fuzz {
namespace {

constexpr std::string_view state = "state-of-this-sign-in";

Result<Secret> code_of(std::string_view query) {
    auto response = host::AuthorizationResponse::parse(query);
    if (!response) return response.error();
    return std::move(*response).code_for({Secret(state), "https://auth.example", true});
}

}  // namespace

void loopback_request(std::string_view bytes) {
    host::RedirectUri address;
    address.port = 8080;
    const auto request = host::read_loopback_request(bytes, address);
    if (!request.refusal.empty()) {
        must(request.query.empty(), "of what is refused nothing is used");
        must(request.refusal.starts_with("HTTP/1.1 4"), "a refusal is an answer");
        // Whatever is asked for, the answer is one of a few.
        must(request.refusal.size() < 1024, "a refusal repeats nothing");
    } else {
        must(is_for_a_log(request.query) && request.query.find(' ') == std::string::npos,
             "a query has no space and no control character");
    }
    for (const std::string_view query : {std::string_view(request.query), bytes}) {
        const auto code = code_of(query);
        if (code) {
            must(!code->empty(), "a code is there");
            must(query.find("code=") != std::string_view::npos ||
                     query.find('%') != std::string_view::npos,
                 "a code is one of the query");
        } else {
            must_be_for_a_log(code.error());
        }
        // Added to what came: of a code that is there already it is the second, and refused.
        must_be_for_a_log_or_good(code_of(std::string(query) + "&code=" + std::string(canary)));
    }
}

}  // namespace mcp_auth::fuzz
