// Clients that register themselves at the demo's identity provider (RFC 7591): a good one, and one
// thing wrong each time.
#include "code_request.hpp"
#include "peer.hpp"

#include <Poco/URI.h>

#include <memory>

namespace mcp_auth::demo {
namespace {

class Registration : public ::testing::Test {
protected:
    Registration() {
        Options options;
        options.open_registration = true;
        peer = std::make_unique<Peer>(std::move(options));
    }
    std::string idp(const std::string& path) {
        return peer->enterprise().origin(Server::idp) + path;
    }
    Reply ask(const std::string& body) {
        return peer->send("POST", idp("/register"), {{"Content-Type", "application/json"}}, body);
    }
    static std::string public_client(
        const std::string& uri = redirect_uri,
        const std::string& grants = R"("authorization_code", "refresh_token")") {
        return R"({"client_name": "App", "token_endpoint_auth_method": "none",
                   "redirect_uris": [")" +
               uri + R"("], "grant_types": [)" + grants + "]}";
    }
    std::string code_for(const std::string& client, const std::string& uri = redirect_uri) {
        std::string url = idp("/authorize?");
        for (const auto& [name, value] : Fields{{"response_type", "code"},
                                                {"client_id", client},
                                                {"redirect_uri", uri},
                                                {"scope", "openid offline_access"},
                                                {"code_challenge", challenge},
                                                {"code_challenge_method", "S256"}})
            url += Peer::form_encode(name) + "=" + Peer::form_encode(value) + "&";
        const Reply reply =
            peer->form(url, {{"user", "alice"}, {"password", "demo"}, {"do", "sign-in"}}, {});
        const Poco::URI to(reply.header("Location"));
        for (const auto& [name, value] : to.getQueryParameters())
            if (name == "code") return value;
        return {};
    }
    Reply redeem(const std::string& client, const std::string& code) {
        return peer->form(peer->idp_token_url(),
                          {{"grant_type", "authorization_code"},
                           {"client_id", client},
                           {"code", code},
                           {"redirect_uri", redirect_uri},
                           {"code_verifier", verifier}},
                          {});
    }
    std::unique_ptr<Peer> peer;
};

TEST_F(Registration, OfAPublicClientSignsUsersInAsThatClient) {
    const Reply registered = ask(public_client());
    ASSERT_EQ(registered.status, 201) << registered.body;
    const auto id = registered.text("client_id");
    EXPECT_FALSE(registered.json()->has("client_secret"));
    const Reply tokens = redeem(id, code_for(id));
    ASSERT_EQ(tokens.status, 200) << tokens.body;
    EXPECT_EQ(claims_of(tokens.text("id_token"))->getValue<std::string>("aud"), id);
    const Reply renewed = peer->form(peer->idp_token_url(),
                                     {{"grant_type", "refresh_token"},
                                      {"client_id", id},
                                      {"refresh_token", tokens.text("refresh_token")}},
                                     {});
    ASSERT_EQ(renewed.status, 200) << renewed.body;
    EXPECT_EQ(claims_of(renewed.text("id_token"))->getValue<std::string>("aud"), id);
}

TEST_F(Registration, GivesASecretThatIsNeeded) {
    const Reply registered = ask(R"({"redirect_uris": ["http://127.0.0.1:8123/callback"],
        "grant_types": ["authorization_code"], "token_endpoint_auth_method": "client_secret_basic"})");
    ASSERT_EQ(registered.status, 201) << registered.body;
    const auto id = registered.text("client_id");
    EXPECT_EQ(redeem(id, code_for(id)).text("error"), "invalid_client");
    Client client;
    client.id = id;
    client.secret = registered.text("client_secret");
    const Reply tokens = peer->form(peer->idp_token_url(),
                                    {{"grant_type", "authorization_code"},
                                     {"code", code_for(id)},
                                     {"redirect_uri", redirect_uri},
                                     {"code_verifier", verifier}},
                                    Peer::basic(client));
    EXPECT_EQ(tokens.status, 200) << tokens.body;
}

TEST_F(Registration, IsForOneRedirectUriAndItsOwnGrantsAlone) {
    const auto id = ask(public_client()).text("client_id");
    EXPECT_EQ(code_for(id, "http://127.0.0.1:8124/callback"), "");
    const auto other = ask(public_client()).text("client_id");
    EXPECT_EQ(redeem(other, code_for(id)).text("error"), "invalid_grant");
    const Reply exchanged = peer->form(
        peer->idp_token_url(),
        {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"}, {"client_id", id}}, {});
    EXPECT_EQ(exchanged.text("error"), "unauthorized_client");
}

TEST_F(Registration, SaysWhatItDoesNotTake) {
    EXPECT_EQ(ask("no json").text("error"), "invalid_client_metadata");
    EXPECT_EQ(ask(public_client("https://evil.example/callback")).text("error"),
              "invalid_redirect_uri");
    EXPECT_EQ(ask(public_client(redirect_uri, R"("password")")).text("error"),
              "invalid_client_metadata");
    EXPECT_EQ(ask(R"({"grant_types": ["authorization_code"]})").text("error"),
              "invalid_redirect_uri");
    EXPECT_EQ(ask(R"({"token_endpoint_auth_method": "magic"})").text("error"),
              "invalid_client_metadata");
}

TEST_F(Registration, IsForgotten) {
    const auto id = ask(public_client()).text("client_id");
    const auto code = code_for(id);
    peer->enterprise().forget_registered_clients();
    EXPECT_EQ(redeem(id, code).text("error"), "invalid_client");
    EXPECT_EQ(code_for(id), "");
}

TEST(ClosedRegistration, IsNotOfferedUnlessAskedFor) {
    Peer peer;
    const auto idp = peer.enterprise().origin(Server::idp);
    EXPECT_EQ(peer.send("POST", idp + "/register", {}, "{}").status, 404);
    const Reply metadata = peer.get(idp + "/.well-known/openid-configuration");
    EXPECT_FALSE(metadata.json()->has("registration_endpoint"));
    EXPECT_FALSE(metadata.json()->has("client_id_metadata_document_supported"));
}

}  // namespace
}  // namespace mcp_auth::demo
