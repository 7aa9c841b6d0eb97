#include "limits_fixture.hpp"

#include <mcp_auth/plugin.hpp>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace mcp_auth::host::testing {
namespace {

// Gives a token; for a scope "peer" it asks the other one for an assertion first, and says as the
// token's scope what came of that and of a service of its own afterwards.
class Good final : public plugin::Provider {
public:
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host&,
                                                            const plugin::Instance&) {
        return std::unique_ptr<plugin::Provider>(std::make_unique<Good>());
    }
    Result<plugin::Token> acquire(plugin::Call& call,
                                  const plugin::TokenRequest& request) override {
        if (request.scope != "peer") return plugin::Token{"good", "Bearer", {}, 0};
        const auto peers = call.peer_assertion("bad", {});
        const auto own = call.load("mcp", "key");
        return plugin::Token{"good", "Bearer",
                             call.keep(std::to_string(static_cast<int>(peers.status())) + "-" +
                                       std::to_string(static_cast<int>(own.status()))),
                             0};
    }
};

}  // namespace

MCP_AUTH_BUILTIN_PLUGIN(good_entry, Good, "good", "1.0.0", MCP_AUTH_ROLE_TOKEN)

LimitsHost::LimitsHost(const Deed& deed, unsigned threads) {
    for (const std::string name : {"bad", "worse", "good"}) {
        http->on("GET", "https://" + name + ".example/.well-known/oauth-protected-resource/mcp")
            .always()
            .json(200, R"({"resource": "https://)" + name + R"(.example/mcp",
                               "authorization_servers": ["https://auth.example"]})");
    }
    http->on("GET", "https://auth.example/.well-known/oauth-authorization-server")
        .always()
        .json(200, R"({"issuer": "https://auth.example",
                           "authorization_endpoint": "https://auth.example/authorize",
                           "token_endpoint": "https://auth.example/token",
                           "token_endpoint_auth_methods_supported": ["none"]})");
    directory.write("settings.json", R"({"type": "object"})");
    setenv("MCP_AUTH_LIMITS_ENTRY", deed.where == "entry" ? deed.deed.c_str() : "", 1);
    Options options;
    options.manifest_file = directory.write(
        "bad.json",
        R"({"manifest_version": 1, "id": "misbehaving", "version": "1.0.0", "vendor": "tests",
                "description": "breaks its contract", "abi": {"major": 1, "min_minor": 0},
                "library": {"path": ")" +
            deed.library + R"("}, "settings_schema": "settings.json",
                "requires": )" +
            (deed.interactive ? R"(["mcp.auth.browser/1"])" : "[]") + R"(,
                "roles": ["mcp.auth.token/1", "mcp.auth.assertion/1"]})");
    options.default_plugin_directory = directory / "none";
    options.builtin.push_back({good_entry, R"({
          "manifest_version": 1, "id": "good", "version": "1.0.0", "vendor": "tests",
          "description": "does what it should", "abi": {"major": 1, "min_minor": 0},
          "roles": ["mcp.auth.token/1"]})"});
    options.transport = http;
    options.clock = clock;
    options.audit = audit;
    options.threads = options.interactive_threads = threads;
    const auto misbehaving = R"({"plugin": "misbehaving",
                         "clients": {"mcp": {"id": "us", "method": "none"}},
                         "settings": {"deed": ")" +
                             deed.deed + R"(", "where": ")" + deed.where + R"(", "wait": )" +
                             std::to_string(go.ends[0]) + R"(, "tell": )" +
                             std::to_string(told.ends[1]) + "}}";
    options.config_json = R"({"version": 1, "providers": {
                 "bad": )" +
                          misbehaving + R"(, "worse": )" + misbehaving + R"(,
                 "good": {"plugin": "good", "clients": {"mcp": {"id": "us", "method": "none"}}}},
               "connections": [
                 {"name": "bad", "server": "https://bad.example/mcp", "provider": "bad",
                  "issuer": "https://auth.example"},
                 {"name": "worse", "server": "https://worse.example/mcp", "provider": "worse",
                  "issuer": "https://auth.example"},
                 {"name": "good", "server": "https://good.example/mcp", "provider": "good",
                  "issuer": "https://auth.example"}]})";
    auto opened = Host::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    host.emplace(*std::move(opened));
}

}  // namespace mcp_auth::host::testing
