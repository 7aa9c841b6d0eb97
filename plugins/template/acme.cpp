// acme - a provider to begin your own with. The assertion of the signed-in user, a JWT of your
// identity platform, is redeemed at the MCP server's authorization server (RFC 7523 2.1), which is
// told the tenant, too. What you will change is marked HERE; the rest is what any provider owes its
// host.
#include <mcp_auth/plugin.hpp>
#include <mcp_auth/scope.hpp>
#include <mcp_auth/server_metadata.hpp>

#include <string>
#include <utility>

namespace acme {

using namespace mcp_auth;

constexpr const char* grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";  // HERE

class Provider final : public plugin::Provider {
public:
    explicit Provider(std::string tenant) : tenant_(std::move(tenant)) {}

    // One provider for each entry of "providers". Fails early for what only a person can mend.
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host& host,
                                                            const plugin::Instance& instance) {
        if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT}); !met)
            return met.error();
        // HERE: your settings. The manifest's schema is checked before, but not by every host.
        std::string tenant(instance.settings.string("tenant"));
        if (tenant.empty())
            return Error(Status::misconfigured, "settings",
                         "settings/tenant must name the tenant that tokens are for");
        return std::unique_ptr<plugin::Provider>(std::make_unique<Provider>(std::move(tenant)));
    }

    // Runs on any thread, on several at once: keep what belongs to one acquisition in `call`.
    Result<plugin::Token> acquire(plugin::Call& call,
                                  const plugin::TokenRequest& request) override {
        // Nothing is sent to a server that says it does not know the grant.
        const auto server = plugin::ServerMetadata::read(request.metadata, "redemption");
        if (!server) return server.error();
        if (auto met = server->require_grant(grant); !met) return met.error();
        // Who we are there; the host registers us, if it has to.
        if (auto client = call.client({"mcp", {}, grant, {}}); !client) return client.error();
        // The host holds the user's assertion, renews it, and wipes it when the call ends.
        const auto user = call.subject({MCP_AUTH_TYPE_JWT});  // HERE: which type you take
        if (!user) return user.error();

        plugin::Fields fields{{"grant_type", grant},  // HERE: what your server wants to be told
                              {"assertion", user->assertion},
                              {"tenant", tenant_}};
        if (!request.omit_resource) fields.emplace_back("resource", request.resource);
        if (!request.scope.empty()) fields.emplace_back("scope", request.scope);
        // The host picks the endpoint, authenticates the client, and sends.
        const auto answer = call.token_request("mcp", fields);
        if (!answer) return explained(answer.error());

        const auto granted = answer->scope.empty() ? request.scope : answer->scope;
        if (!plugin::scope_missing_for_step_up(request, granted).empty())
            return Error(Status::denied, "redemption",
                         "the authorization server does not grant all that the MCP server demands");
        return plugin::Token{answer->access_token, answer->token_type, granted, answer->expires_at};
    }

private:
    // HERE: what you know better than the host. It has classified the error; never make it milder,
    // and never put a part of what was sent into a message.
    static Error explained(Error error) {
        if (error.oauth_error == "invalid_grant")
            error.message =
                "the authorization server does not take the user's assertion: does it "
                "trust the platform, and is the user of this tenant?";
        return error;
    }

    std::string tenant_;
};

}  // namespace acme

MCP_AUTH_PLUGIN(acme::Provider, "acme", "1.0.0", MCP_AUTH_ROLE_TOKEN)
