// The host of a journey.
#include "browser/loopback_client.hpp"
#include "browser/scripted_browser.hpp"
#include "journey.hpp"

#include <utility>

namespace mcp_auth::wire {
namespace {

using host::testing::ScriptedBrowser;
using json::Value;

// Waiting ends by the limit of one request, or by nothing.
Value time_limits(std::chrono::milliseconds request) {
    const auto seconds = std::to_string(request.count() / 1000);
    const auto rest = std::to_string(1000 + request.count() % 1000).substr(1);
    return *json::parse(R"({"connect":3000,"acquisition":3000,"interaction":3000,"request":)" +
                        seconds + "." + rest + "}");
}

Value client(const char* id, const char* method) {
    return Value::object()
        .set("id", id)
        .set("method", method)
        .set("secret", Value::object().set("env", "MCP_AUTH_WIRE_SECRET"));
}

const char* plugin_of(Way way) {
    switch (way) {
    case Way::service:
    case Way::renewal: return "client-credentials";
    case Way::workload: return "workload-identity";
    case Way::code:
    case Way::refresh: return "authorization-code";
    default: return "cross-app-access";
    }
}

}  // namespace

std::string Journey::configuration() const {
    const bool slow = fault_.limit == WireFault::Limit::request;
    const std::string plugin = plugin_of(leg_.way);
    auto idp = client("host-at-idp", "client_secret_post");
    idp.set("issuer", origin_ + "/idp");
    Value acme, other;
    acme.set("plugin", plugin);
    if (plugin == "workload-identity")
        acme.set("subject", Value::object().set("type", "jwt").set("from", "application"));
    if (plugin == "cross-app-access") {
        acme.set("clients", Value::object().set("idp", std::move(idp)));
        acme.set("subject",
                 Value::object()
                     .set("type", "id_token")
                     .set("from", leg_.way == Way::device ? Value::object().set("session", "acme")
                                                          : Value("application")));
    }
    other.set("plugin", "client-credentials");
    const auto connection = [&](const char* path, const char* issuer, const char* provider,
                                Value mcp, std::chrono::milliseconds limit) {
        return Value::object()
            .set("server", origin_ + path)
            .set("provider", provider)
            .set("issuer", origin_ + issuer)
            .set("scopes", Value::array().push("chat.read"))
            .set("clients", Value::object().set("mcp", std::move(mcp)))
            .set("time_limits", time_limits(limit));
    };
    auto mcp = leg_.way == Way::registered
                   ? Value::object().set("register", Value::object().set("name", "A Host"))
                   : client("host-at-chat", "client_secret_basic");
    Value policy;
    if (fault_.over_tls)
        policy.set("private_networks", Value::array().push("127.0.0.0/8"))
            .set("ca_file", around_.ca_file);
    else
        policy.set("allow_http_loopback", true);
    return Value::object()
        .set("version", 1)
        .set("providers",
             Value::object().set("acme", std::move(acme)).set("other", std::move(other)))
        .set("connections",
             Value::array()
                 .push(
                     connection("/mcp", "/as", "acme", std::move(mcp), slow ? around_.soon : never))
                 .push(connection("/other", "/other-as", "other",
                                  client("host-at-other", "client_secret_basic"), never)))
        .set("policy", std::move(policy))
        .dump();
}

std::string Journey::open() {
    Options options;
    options.config_json = configuration();
    options.default_plugin_directory = MCP_AUTH_PLUGINS;
    options.clock = clock_;
    options.threads = 4;
    if (leg_.way == Way::renewal) options.audit = renewals_;
    options.browser = std::make_shared<ScriptedBrowser>([this](const std::string& url) {
        host::testing::get(host::testing::redirect(url, parties_->consent(browsing_)));
        return Result<void>();
    });
    auto host = Host::open(std::move(options));
    if (!host) return "the host does not open: " + host.error().message;
    host_ = std::move(*host);
    auto chat = host_->connection(origin_ + "/mcp"), other = host_->connection(origin_ + "/other");
    if (!chat) return "no connection: " + chat.error().message;
    if (!other) return "no connection: " + other.error().message;
    chat_ = std::move(*chat);
    other_ = std::move(*other);
    return {};
}

}  // namespace mcp_auth::wire
