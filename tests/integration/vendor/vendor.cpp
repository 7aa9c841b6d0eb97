// A vendor's way to an ID-JAG that is no token exchange: a broker beside the identity provider,
// with an API of its own, takes the vendor's session and hands one out. Built, described by a
// manifest and loaded like any plugin; `cross-app-access` names it as its assertion_provider.
#include <mcp_auth/plugin.hpp>

#include <stdexcept>
#include <string>

namespace {

using namespace mcp_auth;

constexpr std::string_view session_type = "urn:vendor.example:token-type:session";

Error failed(Status status, const std::string& message) {
    return {status, "broker", message};
}

std::int64_t seconds(const json::Value& body, std::string_view member) {
    const auto* value = body.find(member);
    return value ? value->as_integer().value_or(-1) : -1;
}

// The broker's own status codes, mapped to what they mean for whoever waits.
Error refused(const plugin::HttpResponse& answer) {
    const auto body = json::parse(answer.body);
    switch (answer.status) {
    case 401: {
        auto error = failed(Status::interaction_required, "the vendor's session is over");
        if (body && seconds(*body, "max_age") >= 0)
            error.max_age = std::chrono::seconds(seconds(*body, "max_age"));
        return error;
    }
    case 403: return failed(Status::denied, "the broker's policy said no");
    case 404: return failed(Status::misconfigured, "there is no broker at the setting \"broker\"");
    case 409: return failed(Status::unsupported, "the broker does not know this audience");
    case 418: throw std::logic_error("a vendor's bug");
    case 503: {
        auto error = failed(Status::unavailable, "the broker is down");
        if (body && seconds(*body, "retry_after") >= 0)
            error.retry_after = std::chrono::seconds(seconds(*body, "retry_after"));
        return error;
    }
    default: return failed(Status::protocol, "the broker answered what it should not");
    }
}

class Vendor final : public plugin::Provider {
public:
    Vendor(std::string broker, std::string issuer)
        : broker_(std::move(broker)), issuer_(std::move(issuer)) {}

    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host& host,
                                                            const plugin::Instance& instance) {
        if (auto ready = host.require({MCP_AUTH_SERVICE_HTTP, MCP_AUTH_SERVICE_SUBJECT}); !ready)
            return ready.error();
        return std::unique_ptr<plugin::Provider>(
            std::make_unique<Vendor>(std::string(instance.settings.string("broker")),
                                     std::string(instance.settings.string("issuer"))));
    }

    Result<plugin::Assertion> assertion(plugin::Call& call,
                                        const plugin::AssertionRequest& request) override {
        const auto session = call.subject({session_type});
        if (!session) return session.error();
        json::Value order = json::Value::object();
        order.set("session", session->assertion)
            .set("for", request.audience)
            .set("at", request.resource)
            .set("scope", request.scope)
            .set("application", request.client_id);
        const auto answer = call.http(
            {"POST", broker_, {{"Content-Type", "application/json"}}, call.keep(order.dump())});
        if (!answer) return answer.error();
        if (answer->status != 200) return refused(*answer);
        const auto body = json::parse(answer->body);
        if (!body || body->string("id_jag").empty())
            return failed(Status::protocol, "the broker's answer has no id_jag");
        return plugin::Assertion{call.keep(std::string(body->string("id_jag"))),
                                 MCP_AUTH_TYPE_ID_JAG, issuer_,
                                 call.keep(std::string(body->string("scope"))), 0};
    }

private:
    std::string broker_, issuer_;
};

}  // namespace

MCP_AUTH_PLUGIN(Vendor, "vendor", "1.0.0", MCP_AUTH_ROLE_ASSERTION)
