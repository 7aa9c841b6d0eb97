// acme - a provider to begin your own with. The assertion of the signed-in user, a JWT of your
// identity platform, is redeemed at the MCP server's authorization server (RFC 7523 2.1), which is
// told the tenant, too. What you will change is marked HERE; the rest is what any provider owes its
// host.
#include <mcp_auth/acquisition.hpp>
#include <mcp_auth/plugin.hpp>
#include <mcp_auth/settings.hpp>
#include <mcp_auth/subject.hpp>

#include <string>
#include <utility>

namespace acme {

using namespace mcp_auth;

class Provider final : public plugin::Provider {
public:
    explicit Provider(std::string tenant) : tenant_(std::move(tenant)) {}

    // One provider for each entry of "providers". Fails early for what only a person can mend.
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host& host,
                                                            const plugin::Instance& instance) {
        if (auto met = host.require({MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT}); !met)
            return met.error();
        std::string tenant;  // HERE: your settings, as the manifest's schema describes them
        plugin::SettingsReader read(instance.settings);
        read.text("tenant", tenant);
        if (!read.outcome()) return read.outcome().error();
        if (tenant.empty())
            return Error(Status::misconfigured, "settings",
                         "settings/tenant must name the tenant that tokens are for");
        return std::unique_ptr<plugin::Provider>(std::make_unique<Provider>(std::move(tenant)));
    }

    // Runs on any thread, on several at once: keep what belongs to one acquisition in `call`.
    Result<plugin::Token> acquire(plugin::Call& call,
                                  const plugin::TokenRequest& request) override {
        const auto acquisition = plugin::Acquisition::begin(call, request, "redemption");
        if (!acquisition) return acquisition.error();
        // Who we are there. Nothing is sent to a server that does not offer the grant (HERE).
        const auto client = acquisition->client_for(plugin::grant_jwt_bearer);
        if (!client) return client.error();
        // The host holds the user's assertion, renews it, and wipes it when the call ends.
        const auto user = plugin::ask_subject(call, {MCP_AUTH_TYPE_JWT},  // HERE: what you take
                                              "acme takes a subject of \"type\": \"jwt\"");
        if (!user) return user.error();

        plugin::Fields fields{{"grant_type", plugin::grant_jwt_bearer},  // HERE: what it is told
                              {"assertion", user->assertion},
                              {"tenant", tenant_}};
        plugin::add_target(fields, request, request.scope);
        // The host picks the endpoint, authenticates the client, and sends.
        const auto response = call.token_request("mcp", fields);
        if (!response) return explained(response.error());
        return acquisition->token(*response, request.scope);
    }

private:
    // HERE: what you know better than the host. It has classified the error; never make it milder,
    // and never put a part of what was sent into a message.
    static Error explained(Error error) {
        if (plugin::is_refused_grant(error))
            error.message =
                "the authorization server does not take the user's assertion: does it "
                "trust the platform, and is the user of this tenant?";
        return error;
    }

    std::string tenant_;
};

}  // namespace acme

MCP_AUTH_PLUGIN(acme::Provider, "acme", "1.0.0", MCP_AUTH_ROLE_TOKEN)
