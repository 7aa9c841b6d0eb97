// The identity provider's single sign-on, as a browser, a device and a host meet it: a valid
// request, and each with one thing wrong.
#include "code_request.hpp"
#include "peer.hpp"

#include <Poco/URI.h>

#include <functional>
#include <memory>

namespace mcp_auth::demo {
namespace {

class SingleSignOn : public ::testing::Test {
protected:
    SingleSignOn() {
        Options options;
        options.clock = [this] { return now; };
        peer = std::make_unique<Peer>(std::move(options));
    }
    std::string idp(const std::string& path) {
        return peer->enterprise().origin(Server::idp) + path;
    }
    Fields asked() {
        return {{"response_type", "code"},
                {"client_id", "host-at-idp"},
                {"redirect_uri", redirect_uri},
                {"scope", "openid offline_access"},
                {"state", "s t"},
                {"nonce", "n"},
                {"code_challenge", challenge},
                {"code_challenge_method", "S256"}};
    }
    std::string url(const Fields& fields) {
        std::string text = idp("/authorize?");
        for (const auto& [name, value] : fields)
            text += Peer::form_encode(name) + "=" + Peer::form_encode(value) + "&";
        return text;
    }
    Reply answer(const Fields& fields, const Fields& form) {
        return peer->form(url(fields), form, {});
    }
    static Fields alice() { return {{"user", "alice"}, {"password", "demo"}, {"do", "sign-in"}}; }
    // A parameter of the redirect.
    static std::string of(const Reply& reply, const std::string& name) {
        const Poco::URI to(reply.header("Location"));
        for (const auto& [key, value] : to.getQueryParameters())
            if (key == name) return value;
        return {};
    }
    std::string code() { return of(answer(asked(), alice()), "code"); }
    Fields redemption(const std::string& from) {
        return {{"grant_type", "authorization_code"},
                {"code", from},
                {"redirect_uri", redirect_uri},
                {"code_verifier", verifier}};
    }
    Reply ask(const Fields& fields) { return peer->exchange(fields); }
    Reply poll(const std::string& device_code) {
        return ask({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                    {"device_code", device_code}});
    }
    Reply device() {
        return peer->form(idp("/device_authorization"), {{"scope", "openid"}}, peer->idp_basic());
    }

    std::int64_t now = 1'800'000'000;
    std::unique_ptr<Peer> peer;
};

TEST_F(SingleSignOn, ShowsAPageWithAFormThatLoadsNothing) {
    const Reply page = peer->get(url(asked()));
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(page.header("Cache-Control"), "no-store");
    EXPECT_NE(page.header("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
    EXPECT_NE(page.body.find("<label for=\"user\">User</label>"), std::string::npos);
    EXPECT_EQ(page.body.find("src="), std::string::npos);
}

TEST_F(SingleSignOn, TheRightPasswordBringsACodeThatIsGoodOnce) {
    const Reply to = answer(asked(), alice());
    EXPECT_EQ(to.status, 303);
    EXPECT_EQ(to.header("Location").find(redirect_uri), 0U);
    EXPECT_EQ(of(to, "state"), "s t");
    EXPECT_EQ(of(to, "iss"), peer->enterprise().idp_issuer());
    const Reply tokens = ask(redemption(of(to, "code")));
    ASSERT_EQ(tokens.status, 200) << tokens.body;
    EXPECT_EQ(tokens.header("Cache-Control"), "no-store");
    const auto claims = claims_of(tokens.text("id_token"));
    EXPECT_EQ(claims->getValue<std::string>("nonce"), "n");
    EXPECT_EQ(claims->getValue<std::string>("aud"), "host-at-idp");
    EXPECT_FALSE(tokens.text("refresh_token").empty());
    EXPECT_EQ(ask(redemption(of(to, "code"))).text("error"), "invalid_grant");
}

TEST_F(SingleSignOn, WithoutOfflineAccessThereIsNoRefreshToken) {
    const std::string from = of(answer(with(asked(), "scope", "openid"), alice()), "code");
    EXPECT_TRUE(ask(redemption(from)).text("refresh_token").empty());
}

TEST_F(SingleSignOn, AWrongPasswordBringsThePageBack) {
    for (const auto& form : {with(alice(), "password", "guessed"), with(alice(), "user", "nobody"),
                             with(alice(), "user", "mallory"), without(alice(), "password")}) {
        const Reply page = answer(asked(), form);
        EXPECT_EQ(page.status, 200);
        EXPECT_NE(page.body.find("role=\"alert\""), std::string::npos);
    }
}

TEST_F(SingleSignOn, WhatTheApplicationGotWrongIsToldToIt) {
    EXPECT_EQ(of(peer->get(url(with(asked(), "response_type", "token"))), "error"),
              "unsupported_response_type");
    EXPECT_EQ(of(peer->get(url(with(asked(), "scope", "email"))), "error"), "invalid_scope");
    EXPECT_EQ(of(peer->get(url(without(asked(), "code_challenge"))), "error"), "invalid_request");
    EXPECT_EQ(of(peer->get(url(with(asked(), "code_challenge_method", "plain"))), "error"),
              "invalid_request");
    EXPECT_EQ(of(answer(asked(), {{"do", "deny"}}), "error"), "access_denied");
}

TEST_F(SingleSignOn, NobodyIsSentToWhereTheHostIsNotRegistered) {
    for (const auto& fields :
         {with(asked(), "redirect_uri", "https://evil.example/callback"),
          with(asked(), "redirect_uri", "http://evil.example/callback"),
          with(asked(), "redirect_uri", "http://127.0.0.1@evil.example/"),
          without(asked(), "redirect_uri"), with(asked(), "client_id", "another")}) {
        const Reply page = peer->get(url(fields));
        EXPECT_EQ(page.status, 400);
        EXPECT_EQ(page.header("Location"), "");
    }
}

TEST_F(SingleSignOn, ACodeIsOfOneRedirectUriOneVerifierAndOneMinute) {
    EXPECT_EQ(
        ask(with(redemption(code()), "redirect_uri", "http://127.0.0.1:9/callback")).text("error"),
        "invalid_grant");
    EXPECT_EQ(ask(with(redemption(code()), "code_verifier", challenge)).text("error"),
              "invalid_grant");
    const std::string late = code();
    now += 60;
    EXPECT_EQ(ask(redemption(late)).text("error"), "invalid_grant");
    EXPECT_EQ(ask(redemption(code())).status, 200);
}

TEST_F(SingleSignOn, ADeviceIsToldToWaitAndToSlowDown) {
    const Reply issued = device();
    ASSERT_EQ(issued.status, 200) << issued.body;
    EXPECT_EQ(issued.json()->getValue<int>("interval"), 5);
    const std::string device_code = issued.text("device_code");
    EXPECT_EQ(poll(device_code).text("error"), "authorization_pending");
    now += 4;
    EXPECT_EQ(poll(device_code).text("error"), "slow_down");
    now += 9;  // the interval is ten seconds now
    EXPECT_EQ(poll(device_code).text("error"), "slow_down");
    now += 15;
    EXPECT_EQ(poll(device_code).text("error"), "authorization_pending");
}

TEST_F(SingleSignOn, TheUserApprovesADeviceByItsCodeHoweverItIsTyped) {
    const Reply issued = device();
    std::string typed = issued.text("user_code");
    typed.erase(typed.find('-'), 1);
    for (char& c : typed) c = static_cast<char>(c - 'A' + 'a');
    Fields form = alice();
    form.emplace_back("user_code", typed);
    const Reply page = peer->form(idp("/device"), form, {});
    EXPECT_NE(page.body.find("signed in"), std::string::npos) << page.body;
    const Reply tokens = poll(issued.text("device_code"));
    ASSERT_EQ(tokens.status, 200) << tokens.body;
    EXPECT_EQ(claims_of(tokens.text("id_token"))->getValue<std::string>("sub"), "00u-alice");
    EXPECT_EQ(poll(issued.text("device_code")).text("error"), "invalid_grant");
}

TEST_F(SingleSignOn, ADeviceIsRefusedOrTooLate) {
    const Reply refused = device();
    Fields form = with(alice(), "do", "deny");
    form.emplace_back("user_code", refused.text("user_code"));
    ASSERT_EQ(peer->form(idp("/device"), form, {}).status, 200);
    EXPECT_EQ(poll(refused.text("device_code")).text("error"), "access_denied");
    const Reply late = device();
    now += 600;
    EXPECT_EQ(poll(late.text("device_code")).text("error"), "expired_token");
}

TEST_F(SingleSignOn, EndpointsOfTheHostWantItsAuthentication) {
    for (const char* path : {"/device_authorization", "/revoke"})
        EXPECT_EQ(peer->form(idp(path), {{"scope", "openid"}, {"token", "x"}}, {}).status, 401)
            << path;
}

TEST_F(SingleSignOn, ARevokedRefreshTokenIsWorthNothing) {
    const std::string token = ask(redemption(code())).text("refresh_token");
    EXPECT_EQ(peer->form(idp("/revoke"), {{"token", token}}, peer->idp_basic()).status, 200);
    EXPECT_EQ(ask({{"grant_type", "refresh_token"}, {"refresh_token", token}}).text("error"),
              "invalid_grant");
    EXPECT_EQ(peer->form(idp("/revoke"), {{"token", "unknown"}}, peer->idp_basic()).status, 200);
}

TEST_F(SingleSignOn, KeysRotateAndTheFormerIsStillPublished) {
    const auto ids = [&] {
        std::vector<std::string> all;
        const auto keys = peer->get(idp("/jwks")).json()->getArray("keys");
        for (unsigned i = 0; i < keys->size(); ++i)
            all.push_back(keys->getObject(i)->getValue<std::string>("kid"));
        return all;
    };
    EXPECT_EQ(ids(), std::vector<std::string>({"idp-1"}));
    peer->enterprise().rotate_idp_keys();
    EXPECT_EQ(ids(), std::vector<std::string>({"idp-2", "idp-1"}));
    peer->enterprise().rotate_idp_keys();
    EXPECT_EQ(ids(), std::vector<std::string>({"idp-3", "idp-2"}));
}

}  // namespace
}  // namespace mcp_auth::demo
