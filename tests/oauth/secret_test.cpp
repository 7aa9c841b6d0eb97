#include "secret.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace mcp_auth::host {
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
static_assert(!std::is_convertible_v<std::string, Secret>);

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

TEST(Secret, IsCopiedOnlyOnPurpose) {
    const Secret secret(long_canary);
    const Secret copy = secret.clone();
    EXPECT_TRUE(copy == secret);
    EXPECT_NE(copy.reveal().data(), secret.reveal().data());
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
}  // namespace mcp_auth::host
