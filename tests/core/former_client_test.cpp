// What is left of a client once another is registered in its place, and of whom an assertion is
// asked for that the application redeems by itself.
#include "core_fixture.hpp"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;

// A store that shows what is in it.
class OpenStore final : public Store {
public:
    std::map<std::string, std::string, std::less<>> entries;
    Result<std::string> get(std::string_view key, std::int64_t) override {
        const auto found = entries.find(key);
        return found == entries.end() ? std::string() : found->second;
    }
    Result<void> put(std::string_view key, std::string_view value, std::int64_t) override {
        entries[std::string(key)] = value;
        return {};
    }
    Result<void> erase_prefix(std::string_view prefix, std::string_view) override {
        std::erase_if(entries, [&](const auto& entry) { return entry.first.starts_with(prefix); });
        return {};
    }
    Result<std::shared_ptr<void>> lease(std::string_view, const Bounds&) override {
        return std::shared_ptr<void>(std::make_shared<int>(0));
    }
};

TEST_F(CoreTest, OfAClientThatAnotherTookThePlaceOfNothingStaysInTheStore) {
    const std::string configured = R"({ "id": "us", "method": "none" })";
    configuration.replace(configuration.find(configured), configured.size(),
                          R"({ "register": { "name": "The Host" } })");
    http->on("GET", issuer_url).anew().always().json(200, R"({"issuer": "https://auth.example",
        "token_endpoint": "https://auth.example/token",
        "registration_endpoint": "https://auth.example/register",
        "token_endpoint_auth_methods_supported": ["client_secret_basic"]})");
    const auto open_store = std::make_shared<OpenStore>();
    store = open_store;
    std::string redirect;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        const plugin::ClientRequest asked{"mcp", redirect, "client_credentials", {}};
        if (const auto client = call.client(asked); !client)
            return Result<plugin::Token>(client.error());
        auto token = ask_token_endpoint(call, request);
        if (!token) return token;
        const auto client = call.client(asked);  // who it was in the end
        EXPECT_TRUE(call.save("mcp", "refresh", "of " + std::string(client->client_id), 0));
        return token;
    };
    const auto kept = [&] {
        std::vector<std::string> values;
        for (const auto& [key, value] : open_store->entries)
            if (value.starts_with("of ")) values.push_back(value);
        return values;
    };
    for (const char* id : {"a", "b", "c"})
        http->on("POST", "https://auth.example/register")
            .json(201, R"({"client_id": ")" + std::string(id) + R"(", "client_secret": "s"})");
    grant_next("one", 60);
    const auto chat = connect();
    ASSERT_TRUE(chat.token());
    redirect = "http://127.0.0.1:1/callback";  // registers anew
    grant_next("two", 60);
    clock->advance(std::chrono::seconds(61));
    ASSERT_TRUE(chat.token());
    EXPECT_THAT(kept(), ::testing::ElementsAre("of b"));
    http->on("POST", token_url).json(401, R"({"error": "invalid_client"})");  // forgotten there
    grant_next("three", 60);
    clock->advance(std::chrono::seconds(61));
    ASSERT_TRUE(chat.token());
    EXPECT_THAT(kept(), ::testing::ElementsAre("of c"));
}

// Who redeems by itself may have a key of its own (F3).
TEST_F(CoreTest, AnAssertionIsAskedForWithTheKeyOfTheApplicationThatRedeemsIt) {
    std::string thumbprint;
    unsigned asked = 0;
    grant.assertion = [&](plugin::Call& call, const plugin::AssertionRequest& request) {
        ++asked;
        thumbprint = request.dpop_jkt;
        plugin::Assertion assertion;
        assertion.assertion = call.keep("jag");
        assertion.token_type = MCP_AUTH_TYPE_ID_JAG;
        return Result<plugin::Assertion>(assertion);
    };
    const auto chat = connect();
    AssertionRequest request{"https://auth.example", "https://mcp.example/mcp", ""};
    ASSERT_TRUE(chat.assertion(request));
    EXPECT_EQ(thumbprint, "");
    request.dpop_jkt = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    ASSERT_TRUE(chat.assertion(request));
    EXPECT_EQ(thumbprint, request.dpop_jkt);
    for (const char* wrong : {"short", "NzbLsXh8uDCcd+6MNwXF4W/7noWXFZAfHkxZsRGC9Xs",
                              "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs="}) {
        request.dpop_jkt = wrong;
        const auto refused = chat.assertion(request);
        EXPECT_EQ(refused.status(), Status::invalid_argument) << wrong;
        EXPECT_THAT(refused.error().message, HasSubstr("dpop_jkt"));
    }
    EXPECT_EQ(asked, 2U);
}

}  // namespace
}  // namespace mcp_auth::host::testing
