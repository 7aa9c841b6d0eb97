// The answer of a token endpoint, to each grant.
#include "answer.hpp"
#include "ascii_case.hpp"
#include "promise.hpp"
#include "targets.hpp"
#include "token_endpoint.hpp"

#include <algorithm>

namespace mcp_auth::fuzz {
namespace {

constexpr std::int64_t now = 1'800'000'000;
constexpr std::int64_t ten_years = 10LL * 365 * 24 * 60 * 60;
constexpr std::string_view token_exchange = "urn:ietf:params:oauth:grant-type:token-exchange";

void must_be_a_token(const host::TokenResponse& token, bool exchange, const HttpResponse& answer) {
    must(answer.status >= 200 && answer.status < 300, "a token comes with a status of success");
    must(!token.access_token.empty(), "a token is there");
    const auto body = json::parse(answer.body);
    must(body && body->is_object(), "a token comes in an object");
    const auto* error = body->find("error");
    must(error == nullptr || error->is_null(), "an answer with an error is no success");
    must(token.expires_at == 0 || (token.expires_at > now && token.expires_at <= now + ten_years),
         "a lifetime is one");
    for (const auto* text : {&token.token_type, &token.issued_token_type, &token.scope})
        must(is_for_a_log(*text), "no member has a control character");
    if (exchange) return;
    must(host::is_b64token(token.access_token.reveal()), "a token can stand in a header");
    must(host::equal_ignoring_case(token.token_type, "Bearer") ||
             host::equal_ignoring_case(token.token_type, "DPoP"),
         "a token has a type that is known");
}

void read(const HttpResponse& answer) {
    for (const std::string_view grant :
         {token_exchange, std::string_view("urn:ietf:params:oauth:grant-type:jwt-bearer"),
          std::string_view("refresh_token"), std::string_view("client_credentials")}) {
        const auto token = host::read_token_response(answer, grant, now);
        if (token)
            must_be_a_token(*token, grant == token_exchange, answer);
        else
            must_be_for_a_log(token.error());
    }
}

}  // namespace

void token_response(std::string_view bytes) {
    HttpResponse answer = answer_of(bytes);
    read(answer);
    // The same with secrets that are known, wherever an answer has one.
    auto body = json::parse(answer.body);
    if (body && body->is_object()) {
        for (const char* name : {"access_token", "refresh_token", "id_token"})
            if (body->find(name) != nullptr) body->set(name, std::string(canary));
        answer.body = body->dump();
    } else {
        answer.body += canary;
    }
    read(answer);
}

}  // namespace mcp_auth::fuzz
