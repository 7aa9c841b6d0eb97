#include "subject_token.hpp"

#include <mcp_auth/kept_entry.hpp>
#include <mcp_auth/token_exchange.hpp>

#include <string>

namespace mcp_auth::cross_app_access {

Result<SubjectToken> subject_token_for(plugin::Call& call, const plugin::Subject& subject,
                                       const Settings& settings, bool keeps, bool renew) {
    if (subject.token_type != MCP_AUTH_TYPE_SAML2) return SubjectToken{subject, false};
    // Two acquisitions, in two processes even, exchange one assertion once.
    plugin::KeptEntry entry(call, "idp", {"saml2-refresh-token"}, keeps);
    const plugin::Lease lease(entry);
    if (!lease.held()) return lease.held().error();
    const json::Value kept = renew ? json::Value() : entry.load();
    if (kept.string("saml2") == subject.assertion) {
        const auto token = call.keep(std::string(kept.string("refresh_token")));
        return SubjectToken{{token, MCP_AUTH_TYPE_REFRESH_TOKEN, 0}, true};
    }
    plugin::TokenExchange exchange{MCP_AUTH_TYPE_REFRESH_TOKEN, subject};
    exchange.scope = "openid offline_access";
    exchange.allow_missing_token_type = settings.allow_missing_token_type;
    exchange.missing_token_type_setting = "allow_missing_token_type";
    const auto exchanged = plugin::exchange_token(call, exchange);
    if (!exchanged) return exchanged.error();
    call.log(plugin::Level::info, "saml2 assertion exchanged for a refresh token");
    entry.save(json::Value::object()
                   .set("saml2", subject.assertion)
                   .set("refresh_token", exchanged->token),
               exchanged->expires_at);
    return SubjectToken{{exchanged->token, MCP_AUTH_TYPE_REFRESH_TOKEN, exchanged->expires_at},
                        false};
}

}  // namespace mcp_auth::cross_app_access
