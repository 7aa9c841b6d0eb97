// A provider that gives tokens and no assertions, so that nobody can take an ID-JAG from it.
#include <mcp_auth/plugin.hpp>

namespace {

class TokenOnly final : public mcp_auth::plugin::Provider {
public:
    static mcp_auth::Result<std::unique_ptr<mcp_auth::plugin::Provider>> create(
        const mcp_auth::plugin::Host&, const mcp_auth::plugin::Instance&) {
        return std::unique_ptr<mcp_auth::plugin::Provider>(std::make_unique<TokenOnly>());
    }
    mcp_auth::Result<mcp_auth::plugin::Token> acquire(
        mcp_auth::plugin::Call&, const mcp_auth::plugin::TokenRequest&) override {
        return mcp_auth::Error(mcp_auth::Status::denied, "token", "nobody gets one");
    }
};

}  // namespace

MCP_AUTH_PLUGIN(TokenOnly, "token-only", "1.0.0", MCP_AUTH_ROLE_TOKEN)
