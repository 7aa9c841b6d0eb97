// The device flow (RFC 8628): the user signs in on another device, where they type a code.
#include "identity_client.hpp"
#include "oauth_error.hpp"
#include "retry.hpp"
#include "untrusted_text.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view leg = "device_authorization";
constexpr std::chrono::seconds default_interval{5}, slower_by{5};  // 3.2, 3.5
constexpr std::int64_t longest_interval = 300, longest_lifetime = 24 * 3600;

struct DeviceAuthorization {
    Secret device_code;
    DevicePrompt prompt;
    std::chrono::seconds interval = default_interval;
};

Error broken(std::string what) {
    return {Status::protocol, std::string(leg), "the device authorization " + std::move(what)};
}

std::chrono::seconds seconds_of(const json::Value& body, const char* name, std::int64_t otherwise,
                                std::int64_t longest) {
    const json::Value* const member = body.find(name);
    const auto seconds = member != nullptr ? member->as_integer() : std::nullopt;
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds.value_or(otherwise), 1, longest));
}

// 3.2. The URI and the code are shown to a person: a peer must not drive their terminal.
Result<DeviceAuthorization> read(const HttpResponse& answer) {
    const auto body = json::parse(answer.body);
    if (const auto error = oauth_error_of(answer, body ? &*body : nullptr)) {
        auto refused = classify_oauth_error(answer, body ? &*body : nullptr, *error, Grant::other);
        refused.leg = leg;
        return refused;
    }
    if (answer.status != 200) {
        Error error = broken("was answered with HTTP " + std::to_string(answer.status));
        if (answer.status >= 500 || answer.status == 429) error.status = Status::unavailable;
        error.http_status = answer.status;
        return error;
    }
    if (!body) return broken("is no usable JSON: " + body.error().message);
    DeviceAuthorization device;
    device.device_code = Secret(body->string("device_code"));
    device.prompt.user_code = untrusted_text(body->string("user_code"), 64);
    device.prompt.verification_uri = untrusted_text(body->string("verification_uri"), 1024);
    device.prompt.verification_uri_complete =
        untrusted_text(body->string("verification_uri_complete"), 2048);
    if (device.device_code.empty() || device.prompt.user_code.empty() ||
        device.prompt.verification_uri.empty())
        return broken("lacks device_code, user_code or verification_uri");
    device.prompt.lifetime = seconds_of(*body, "expires_in", 600, longest_lifetime);
    device.interval = seconds_of(*body, "interval", default_interval.count(), longest_interval);
    return device;
}

Error too_late() {
    return {Status::interaction_required, std::string(leg),
            "nobody entered the code before it expired: start again"};
}

}  // namespace

Result<KeptSignIn> IdentityClient::by_device(const SignIn& how,
                                             const std::vector<std::string>& scopes,
                                             const Bounds& bounds) {
    if (server_->document.find("device_authorization_endpoint") == nullptr)
        return Error(Status::unsupported, std::string(leg),
                     server_->issuer + " publishes no device_authorization_endpoint");
    ClientPost post{"device_authorization_endpoint", leg, {}};
    post.fields.emplace_back("scope", Secret(scope(scopes)));
    if (how.max_age)
        post.fields.emplace_back("max_age", Secret(std::to_string(how.max_age->count())));
    if (!how.acr_values.empty()) post.fields.emplace_back("acr_values", Secret(how.acr_values));
    const auto ask = [&]() -> Result<DeviceAuthorization> {
        if (auto somebody = be_registered(device_code_grant, {}, bounds); !somebody)
            return std::move(somebody).error();
        if (auto ready = rooms_.tokens.ready(client_, *server_, bounds, dpop_); !ready)
            return std::move(ready).error();  // nobody types a code for nothing
        auto answer = rooms_.posts.send(client_, *server_, post, trace_, bounds);
        if (!answer) return std::move(answer).error();
        auto authorization = read(answer->response);
        wipe(answer->response.body);
        if (!authorization) answer->sent.withhold_in(authorization.error());
        return authorization;
    };
    auto device = ask();
    if (!device) {
        const auto forgotten = is_forgotten(device.error(), bounds);
        if (!forgotten) return forgotten.error();
        if (*forgotten) device = ask();  // nobody has done anything yet: as another, at once
    }
    if (!device) return std::move(device).error();
    Clock& clock = rooms_.clock.base();
    const Deadline expires = clock.now() + device->prompt.lifetime;
    how.device(device->prompt);

    FormFields fields;
    fields.emplace_back("grant_type", Secret(device_code_grant));
    fields.emplace_back("device_code", std::move(device->device_code));
    for (auto interval = device->interval;;) {
        if (clock.now() + interval >= expires) return too_late();
        if (auto waited = pause(interval, bounds, clock); !waited) {
            auto error = std::move(waited).error();
            error.leg = leg;
            return error;
        }
        const auto tokens = rooms_.tokens.request(client_, *server_, fields, trace_, bounds, dpop_);
        if (tokens) {
            ExpectedIdToken expected;  // there is no nonce in this flow
            expected.max_age = how.max_age;
            expected.acr_values = how.acr_values;
            return accept(*tokens, expected, bounds);
        }
        const Error& error = tokens.error();
        if (error.oauth_error == "expired_token") return too_late();
        if (error.oauth_error == "slow_down") interval += slower_by;  // for good (3.5)
        // 3.5: a time-out of the connection is a reason to ask less often, not to give up.
        if (error.status == Status::unavailable) interval += interval;
        if (error.oauth_error != "slow_down" && error.oauth_error != "authorization_pending" &&
            error.status != Status::unavailable)
            return unless_forgotten(error, bounds);
    }
}

}  // namespace mcp_auth::host
