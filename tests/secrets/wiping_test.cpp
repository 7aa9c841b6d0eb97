// What readers of secrets leave behind when they refuse one, or have made of it what they should
// (protocol.md L5): nothing, in any block of memory that they freed.
#include "freed_memory.hpp"
#include "json_web_key.hpp"

#include <mcp_auth/jws.hpp>
#include <mcp_auth/secret.hpp>

#include <openssl/crypto.h>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mcp_auth::secrets {
namespace {

constexpr std::string_view canary = "canary-bytes that do not fit inside of a string.";  // 48

// The control: were these not seen, nothing below would mean anything.
TEST(Wiping, IsMissedWhereABlockIsFreedAsItIs) {
    const FreedMemory freed({canary});
    { const std::string text(canary); }
    EXPECT_EQ(freed.blocks(), 1U);
    { const Secret secret(canary); }
    EXPECT_EQ(freed.blocks(), 1U);
    ASSERT_TRUE(openssl_is_seen());
    OPENSSL_free(OPENSSL_memdup(canary.data(), canary.size()));
    EXPECT_EQ(freed.blocks(), 2U);
}

TEST(Wiping, FollowsWhatWasDecodedBeforeAWrongCharacter) {
    const std::string whole = base64url_encode(canary);
    for (const char* const late : {"AA+A", "AAA=", "==", "A=", "Zh" /* bits that no byte has */}) {
        const std::string wrong = whole + late;
        const FreedMemory freed({canary});
        EXPECT_FALSE(base64url_decode(wrong));
        EXPECT_EQ(freed.blocks(), 0U) << late;
    }
    // As short as a string keeps inside of itself.
    const auto short_one = base64url_decode(base64url_encode("canary-bytes") + "!!!!");
    const std::string_view object(reinterpret_cast<const char*>(&short_one), sizeof short_one);
    EXPECT_EQ(object.find("canary"), object.npos);
}

TEST(Wiping, FollowsAMemberOfAKeyThatIsNotUsed) {
    const auto jwk = [](const char* member, const std::string& bytes) {
        auto all = json::Value::object();
        for (const char* name : {"x", "y", "d"})
            all.set(name, base64url_encode(std::string(32, '\1')));
        all.set("kty", "EC").set("crv", "P-256");
        return all.set(member, base64url_encode(bytes));
    };
    const std::string large = std::string(canary) + std::string(2000, 'x');
    for (const auto& [member, bytes] :
         {std::pair("d", large), std::pair("x", large), std::pair("d", std::string(canary))}) {
        const auto key = jwk(member, bytes);
        const FreedMemory freed({canary});
        EXPECT_FALSE(host::read_private_jwk(key)) << member;
        EXPECT_EQ(freed.blocks(), 0U) << member << " of " << bytes.size() << " bytes";
    }
}

TEST(Wiping, FollowsASignatureThatShouldNotBeThere) {
    const auto token = base64url_encode(R"({"alg":"none"})") + "." + base64url_encode("{}") + "." +
                       base64url_encode(canary);
    const FreedMemory freed({canary});
    EXPECT_FALSE(Jws::decode(token));
    EXPECT_EQ(freed.blocks(), 0U);
}

}  // namespace
}  // namespace mcp_auth::secrets
