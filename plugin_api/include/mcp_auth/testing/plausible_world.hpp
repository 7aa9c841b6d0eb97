// mcp_auth/testing/plausible_world.hpp - an enterprise in which everything works: a fake host that
// answers whatever a plugin asks, as well-meaning servers would, without a script.
//
//     FakeHost host;
//     PlausibleWorld world(host);
//     PluginUnderTest plugin(&mcp_auth_plugin_entry_v1, host);
//     auto token = plugin.acquire(world.token_request());
//     for (const std::string& secret : world.secrets()) EXPECT_TRUE(plugin.expect_no_leak(secret));
//
// A token exchange gives an ID-JAG where one is asked for, any other grant a Bearer token; the
// user's source has an assertion of each type; a peer gives ID-JAGs; a browser comes back with a
// code; http/1 gives a JSON object with the usual members. Every answer holds a secret of its own,
// which secrets() knows. Signatures are random bytes: a client has no key to check them by.
// What a test scripts on the host by name goes first.
#pragma once

#include <mcp_auth/testing/fake_host.hpp>
#include <mcp_auth/testing/plugin_under_test.hpp>

namespace mcp_auth::testing {

class PlausibleWorld {
public:
    // `host` must outlive the last call of the plugin, and so must this. Same seed, same answers.
    explicit PlausibleWorld(FakeHost& host, std::uint64_t seed = 1);
    PlausibleWorld(const PlausibleWorld&) = delete;
    PlausibleWorld& operator=(const PlausibleWorld&) = delete;

    static constexpr const char* identity_provider = "https://idp.enterprise.example";
    static constexpr const char* authorization_server = "https://auth.chat.example";
    static constexpr const char* resource = "https://mcp.chat.example/mcp";

    plugin::TokenRequest token_request() const;
    plugin::AssertionRequest assertion_request() const;

    // Another user signs in: nothing of the former one is left in the host.
    void another_user();

    // All that was handed out so far and must show nowhere, oldest first.
    std::vector<std::string> secrets() const;
    // Those that this thread's calls were handed.
    std::vector<std::string> secrets_of_this_thread() const;
    // A fresh one, for an answer that a test writes by itself.
    std::string secret();
    // A signed JWT of these claims, a secret.
    std::string jwt(std::string_view type, const json::Value& claims);
    // What the authorization server "mcp" would answer to a token request.
    json::Value token_answer(const SentTokenRequest& asked);
    AssertionAnswer id_jag(std::string_view audience, std::string_view its_resource,
                           std::string_view scope, std::string_view client_id,
                           std::string_view dpop_jkt = {});
    static std::string metadata_of(std::string_view issuer);
    static ClientAnswer client(std::string_view name);

private:
    std::string letters(std::size_t count);
    std::string keep(std::string text);
    void sign_in();

    struct Secret {
        std::string text;
        std::thread::id thread;
    };

    FakeHost& host_;
    const std::string metadata_ = metadata_of(authorization_server);
    std::atomic<int> user_{7};
    mutable std::mutex mutex_;
    std::uint64_t random_;
    std::vector<Secret> secrets_;
};

}  // namespace mcp_auth::testing

#include <mcp_auth/testing/plausible_world_impl.hpp>
