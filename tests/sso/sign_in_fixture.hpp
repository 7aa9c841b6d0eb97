// An identity provider on a scripted network, the host's rooms for single sign-on in front of it,
// and a browser whose user does what the test says.
#pragma once

#include "browser/loopback_client.hpp"
#include "browser/scripted_browser.hpp"
#include "browser_flow.hpp"
#include "form_query.hpp"
#include "sign_ins.hpp"
#include "signing_issuer.hpp"
#include "support/manual_clock.hpp"
#include "support/scripted_transport.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host::testing {

inline constexpr auto metadata_url = "https://idp.example/.well-known/oauth-authorization-server";
inline constexpr auto token_url = "https://idp.example/token";
inline constexpr auto device_url = "https://idp.example/device";
inline constexpr auto revocation_url = "https://idp.example/revoke";

class SignInFixture : public ::testing::Test {
protected:
    SignInFixture() {
        session.name = "work";
        session.provider = "acme";
        session.client.name = "idp";
        session.client.id = "host";
        session.client.issuer = issuer_url;
        session.client.method = ClientMethod::none;
        metadata.set("issuer", issuer_url)
            .set("authorization_endpoint", "https://idp.example/authorize")
            .set("token_endpoint", token_url)
            .set("device_authorization_endpoint", device_url)
            .set("revocation_endpoint", revocation_url)
            .set("jwks_uri", jwks_url)
            .set("authorization_response_iss_parameter_supported", true)
            .set("scopes_supported",
                 json::Value(json::Value::array()).push("openid").push("offline_access"));
        claims.set("iss", issuer_url)
            .set("sub", "00u-alice")
            .set("aud", "host")
            .set("email", "alice@acme.example");
        http.on("GET", metadata_url).always().answer([this](const auto&, const auto&) {
            if (!network) return Result<HttpResponse>(Error(Status::unavailable, "", "no network"));
            HttpResponse response;
            response.status = 200;
            response.body = metadata.dump();
            return Result<HttpResponse>(response);
        });
        http.on("GET", jwks_url).always().json(200, issuer.jwks());
    }

    // What the user does with the page: comes back with this behind the state.
    void user_answers(const std::string& more) {
        visit = [more](const std::string& url) -> Result<void> {
            get(redirect(url, more));
            return {};
        };
    }
    std::string encoded_issuer() const { return "iss=https%3A%2F%2Fidp.example"; }
    void user_signs_in() { user_answers("code=the-code&" + encoded_issuer()); }

    // Claims as they are now; the nonce is that of the last authorization request.
    std::string id_token() {
        json::Value now = claims;
        if (now.find("iat") == nullptr) now.set("iat", clock->wall());
        if (now.find("exp") == nullptr) now.set("exp", clock->wall() + 600);
        if (now.find("nonce") == nullptr && !browser->opened().empty())
            now.set("nonce", parameter(browser->opened().back(), "nonce"));
        return issuer.sign(now);
    }
    json::Value tokens(const std::string& refresh_token = {}) {
        json::Value body = json::Value::object();
        body.set("access_token", "canary-access")
            .set("token_type", "Bearer")
            .set("expires_in", 300);
        body.set("id_token", id_token());
        if (!refresh_token.empty()) body.set("refresh_token", refresh_token);
        return body;
    }
    // The token endpoint's next answer, made when it is asked.
    void answers_tokens(const std::string& refresh_token = {}) {
        http.on("POST", token_url).answer([this, refresh_token](const auto&, const auto&) {
            HttpResponse response;
            response.status = 200;
            response.body = tokens(refresh_token).dump();
            return Result<HttpResponse>(response);
        });
    }

    Result<SignedIn> begin(const SignIn& how = {}) {
        return sign_ins->begin(session, how, forget(), {}, bounds());
    }
    Result<SignedOut> end() { return sign_ins->end(session, forget(), {}, bounds()); }
    Result<SubjectAssertion> subject(const std::string& type = "id_token") {
        return sign_ins->subject(session, "urn:ietf:params:oauth:token-type:" + type, {}, bounds());
    }
    SignIns::Forget forget() {
        return [this](const std::string& name) { forgotten.push_back(name); };
    }
    Bounds bounds() const { return {clock->now() + std::chrono::hours(1), cancellation, {}}; }

    // The form of the n-th request to a URL.
    std::map<std::string, std::string, std::less<>> form(const std::string& url,
                                                         std::size_t n = 0) const {
        for (const auto& request : http.requests())
            if (request.url == url && n-- == 0) return *parse_query(request.body);
        ADD_FAILURE() << "no such request to " << url;
        return {};
    }
    std::size_t posts(const std::string& url) const {
        std::size_t count = 0;
        for (const auto& request : http.requests()) count += request.url == url ? 1 : 0;
        return count;
    }
    // Another process of the same user: the same place, nothing else in common.
    std::unique_ptr<SignIns> other_process(bool rehearses = false) {
        return std::make_unique<SignIns>(KeptSignIns(store, "in a test"), http, skewed, metadata_of,
                                         token_endpoint, registration, flows, false, rehearses);
    }

    bool network = true;
    SigningIssuer issuer;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    ScriptedTransport http;
    json::Value metadata = json::Value::object(), claims = json::Value::object();
    ScriptedBrowser::Visit visit = [](const std::string&) { return Result<void>(); };
    std::shared_ptr<ScriptedBrowser> browser =
        std::make_shared<ScriptedBrowser>([this](const std::string& url) { return visit(url); });
    SkewedClock skewed{clock};
    Discovery discovery{http};
    MetadataCache metadata_of{discovery, *clock};
    TokenEndpoint token_endpoint{http, skewed};
    BrowserFlows flows{clock, browser};
    std::shared_ptr<Store> store = Store::memory(100, clock);
    Registration registration{http, skewed, *store, [](const auto&, const auto&) {}};
    std::unique_ptr<SignIns> sign_ins = other_process();
    Session session;
    Cancellation cancellation;
    std::vector<std::string> forgotten;
};

}  // namespace mcp_auth::host::testing
