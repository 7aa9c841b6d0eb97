// An ID-JAG before it leaves (protocol.md F), of an identity provider that nobody vouches for.
#include <mcp_auth/id_jag.hpp>

#include "compact_token.hpp"
#include "promise.hpp"
#include "targets.hpp"

#include <algorithm>

namespace mcp_auth::fuzz {
namespace {

constexpr std::int64_t now = 1'700'000'000;

plugin::AssertionRequest wanted(std::string_view thumbprint) {
    return {plugin::Reason::first,
            "https://auth.chat.example/",
            "https://mcp.chat.example/mcp",
            "chat.read chat.write",
            "mcp-client",
            thumbprint};
}

Result<plugin::IdJagClaims> check(std::string_view token, std::string_view thumbprint) {
    const plugin::Assertion id_jag{token, MCP_AUTH_TYPE_ID_JAG, "https://acme.idp.example",
                                   "chat.read chat.write", now + 300};
    return plugin::check_id_jag(id_jag, wanted(thumbprint), now);
}

void must_be_the_one(const Jws& jws, const plugin::IdJagClaims& claims) {
    must(jws.header.string("typ") == "oauth-id-jag+jwt", "an ID-JAG has its type");
    const auto alg = jws.header.string("alg");
    must(!alg.empty() && alg != "none" && !jws.signature.empty(), "an ID-JAG is signed");
    must(jws.payload.string("iss") == "https://acme.idp.example", "an ID-JAG is of its issuer");
    must(jws.payload.string("client_id") == "mcp-client", "an ID-JAG is for its client");
    must(claims.expires_at > now, "an ID-JAG has not expired");
    must(!jws.payload.string("sub").empty() && !jws.payload.string("jti").empty(),
         "an ID-JAG says whose it is");
    must(!claims.scope || plugin::scope_within(*claims.scope, "chat.read chat.write"),
         "an ID-JAG has no more scope than was asked for");
    const auto* cnf = jws.payload.find("cnf");
    const auto* jkt = cnf != nullptr ? cnf->find("jkt") : nullptr;
    must(jkt == nullptr || jkt->as_string() != nullptr, "a binding is a thumbprint");
}

// Who the grant and the user are, and the signature, are nobody's to read in a message.
std::string with_secrets(const Jws& jws) {
    json::Value payload = jws.payload;
    for (const char* claim : {"jti", "sub"}) payload.set(claim, std::string(canary));
    return base64url_encode(jws.header.dump()) + '.' + base64url_encode(payload.dump()) + '.' +
           std::string(canary);
}

}  // namespace

void id_jag(std::string_view bytes) {
    const std::string token = compact(bytes);
    const auto jws = Jws::decode(token);
    if (jws) {
        must(std::string(jws->signing_input.reveal()) + '.' +
                     base64url_encode(jws->signature.reveal()) ==
                 token,
             "a token has one spelling");
        must(std::count(token.begin(), token.end(), '.') == 2, "a token has three parts");
    } else {
        must_be_for_a_log(jws.error());
    }
    for (const std::string_view thumbprint : {"", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}) {
        const auto claims = check(token, thumbprint);
        if (!claims) {
            must_be_for_a_log(claims.error());
            must(claims.status() == Status::protocol, "a wrong ID-JAG is its provider's fault");
        } else {
            must(jws.ok(), "what is accepted can be read");
            must_be_the_one(*jws, *claims);
            const auto* cnf = jws->payload.find("cnf");
            must(cnf == nullptr || cnf->find("jkt") == nullptr || cnf->string("jkt") == thumbprint,
                 "an ID-JAG is bound to our key or to none");
        }
        if (jws) must_be_for_a_log_or_good(check(with_secrets(*jws), thumbprint));
    }
}

}  // namespace mcp_auth::fuzz
