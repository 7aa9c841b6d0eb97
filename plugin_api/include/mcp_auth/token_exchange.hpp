// mcp_auth/token_exchange.hpp - one token of the user's for another, at the identity provider
// (RFC 8693): for an ID-JAG, or for anything else that is no access token.
//
//     plugin::TokenExchange exchange{MCP_AUTH_TYPE_ID_JAG, *subject};
//     exchange.audience = request.audience;
//     exchange.resource = request.resource;
//     exchange.scope = request.scope;
//     auto id_jag = plugin::exchange_token(call, exchange);
//     if (!id_jag) return id_jag.error();
//
// Nothing throws but std::bad_alloc. protocol.md E1, E3, E4, K.
#pragma once

#include <mcp_auth/plugin.hpp>

#include <cstdint>
#include <string_view>

namespace mcp_auth::plugin {

struct TokenExchange {
    std::string_view requested_token_type = {};  // URN
    Subject subject = {};
    std::string_view audience = {}, resource = {}, scope = {};  // empty: not sent
    // Providers that leave token_type out of the answer, where it says nothing (E3, lenient); and
    // the plugin's setting for it, so that the message can name it. Empty: it has none.
    bool allow_missing_token_type = false;
    std::string_view missing_token_type_setting = {};
};

// What an exchange gave, its response checked.
struct Exchanged {
    std::string_view token = {};  // lives, as all here, until the call ends
    std::string_view scope = {};  // granted: the response's, else as requested
    std::int64_t expires_at = 0;  // 0: not said
};

// One request, as client `client`. Errors, leg "exchange": what the provider answered, with an
// unusable subject token as interaction_required (K); protocol for a response that breaks E3 or
// E4, with the member's name; denied when none of the scopes was granted for an ID-JAG, because
// whoever redeems without a scope asks for the server's default.
Result<Exchanged> exchange_token(Call& call, const TokenExchange& exchange,
                                 std::string_view client = "idp");

// Whether the provider refused the subject token itself (K). Not with 429 or 5xx: those say
// nothing of it.
bool is_refused_subject(const Error& error);

}  // namespace mcp_auth::plugin

#include <mcp_auth/token_exchange_impl.hpp>
