#include <mcp_auth/secret.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace mcp_auth {
namespace {

// Of the length that std::string keeps inside of itself, where a move copies the bytes.
constexpr std::string_view short_canary = "canary-bytes";
constexpr std::string_view long_canary =
    "canary-bytes that are too many to stand inside of a string";

template <class T>
std::string_view bytes_of(const T& object) {
    return {reinterpret_cast<const char*>(&object), sizeof object};
}

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_constructible_v<std::string, const Secret&>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_convertible_v<Secret, bool>);

template <class T, class = void>
struct IsStreamable : std::false_type {};
template <class T>
struct IsStreamable<
    T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>>
    : std::true_type {};
static_assert(IsStreamable<std::string>::value);
static_assert(!IsStreamable<Secret>::value);

TEST(Secret, RevealsWhatItWasGiven) {
    EXPECT_EQ(Secret(short_canary).reveal(), short_canary);
    EXPECT_EQ(Secret(std::string(long_canary)).reveal(), long_canary);
    EXPECT_EQ(Secret("literal").reveal(), "literal");
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, LeavesNothingInTheStringThatItTookOver) {
    std::string source(short_canary);
    const Secret secret(std::move(source));
    EXPECT_EQ(bytes_of(source).find("canary"), std::string_view::npos);
}

TEST(Secret, LeavesNothingInTheSecretThatItWasMovedFrom) {
    Secret source(short_canary);
    const Secret target(std::move(source));
    EXPECT_EQ(target.reveal(), short_canary);
    EXPECT_EQ(bytes_of(source).find("canary"), std::string_view::npos);
    EXPECT_TRUE(source.empty());
}

TEST(Secret, LeavesNothingBehindWhenAssigned) {
    Secret source(short_canary), target("another one");
    target = std::move(source);
    EXPECT_EQ(target.reveal(), short_canary);
    EXPECT_EQ(bytes_of(source).find("canary"), std::string_view::npos);
}

TEST(Secret, SurvivesAssignmentToItself) {
    Secret secret(short_canary);
    auto& same = secret;
    secret = std::move(same);
    EXPECT_EQ(secret.reveal(), short_canary);
}

TEST(Secret, IsWipedWhenItEnds) {
    alignas(Secret) unsigned char storage[sizeof(Secret)];
    auto* secret = new (storage) Secret(short_canary);
    ASSERT_NE(bytes_of(storage).find("canary"), std::string_view::npos);
    secret->~Secret();
    EXPECT_EQ(bytes_of(storage).find("canary"), std::string_view::npos);
}

TEST(Secret, ComparesByItsBytes) {
    EXPECT_TRUE(Secret("abc") == Secret("abc"));
    EXPECT_FALSE(Secret("abc") == Secret("abd"));
    EXPECT_FALSE(Secret("abc") == Secret("ab"));
    EXPECT_TRUE(Secret() == Secret(""));
}

// Whichever byte it is that differs, in words as in what is left of one.
TEST(Secret, DiffersWhereverAByteDoes) {
    for (std::size_t at = 0; at < long_canary.size(); ++at) {
        std::string other(long_canary);
        other[at] = static_cast<char>(other[at] ^ 0x80);
        EXPECT_TRUE(Secret(long_canary) != Secret(other)) << at;
        EXPECT_FALSE(same_in_constant_time(long_canary, other)) << at;
    }
}

TEST(Secret, IsCopiedOnlyOnPurpose) {
    const Secret secret(long_canary);
    const Secret copy = secret.clone();
    EXPECT_TRUE(copy == secret);
    EXPECT_NE(copy.reveal().data(), secret.reveal().data());
}

TEST(Wipe, IsWhatAStringThatGrowsDoesToItsFormerMemory) {
    std::string text;
    std::string whole;
    for (int i = 0; i < 100; ++i) {
        append_wiping(text, long_canary);
        whole += long_canary;
    }
    EXPECT_EQ(text, whole);
}

TEST(Wipe, HappensAtTheEndOfABlock) {
    std::string text(short_canary);
    {
        const WipedAtEnd wiped(text);
        EXPECT_EQ(text, short_canary);
    }
    EXPECT_EQ(bytes_of(text).find("canary"), std::string_view::npos);
}

TEST(Wipe, ClearsWhatALongerValueLeftBehindTheEnd) {
    std::string text(long_canary);
    const char* const bytes = text.data();
    const auto capacity = text.capacity();
    text.resize(3);
    wipe(text);
    EXPECT_TRUE(text.empty());
    ASSERT_EQ(text.data(), bytes);
    EXPECT_EQ(std::string_view(bytes, capacity), std::string(capacity, '\0'));
}

}  // namespace
}  // namespace mcp_auth
