// What a later version will do is refused by name, never ignored.
#include "valid_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct NotYetCase {
    const char* name;
    const char* place;
    const char* value;
    const char* at;
    const char* what;
};
void PrintTo(const NotYetCase& c, std::ostream* out) {
    *out << c.name;
}

class NotYet : public ::testing::TestWithParam<NotYetCase> {};

TEST_P(NotYet, IsRefusedByName) {
    const auto config = parse_with(GetParam().place, GetParam().value);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.status(), Status::misconfigured);
    EXPECT_THAT(config.error().message,
                StartsWith(std::string(config_path) + " at " + GetParam().at + ": "));
    EXPECT_THAT(config.error().message,
                HasSubstr(std::string(GetParam().what) + " is not in this version"));
}

constexpr NotYetCase cases[] = {
    {"SecretOfTheApplication", "/connections/0/clients/mcp/secret", R"("application")",
     "/connections/0/clients/mcp/secret", "a secret from the application"},
    {"SecretOfASession", "/connections/0/clients/mcp/secret", R"({"session": "work"})",
     "/connections/0/clients/mcp/secret/session", "a secret from a session"},
    {"SubjectOfASession", "/providers/acme/subject/from", R"({"session": "work"})",
     "/providers/acme/subject/from/session", "a subject from a session"},
    {"DpopRequired", "/connections/0/dpop", R"("required")", "/connections/0/dpop", "DPoP"},
    {"DpopWithAKey", "/connections/0/dpop", R"({"mode": "auto", "key": {"file": "k"}})",
     "/connections/0/dpop", "DPoP"},
};
INSTANTIATE_TEST_SUITE_P(Setting, NotYet, ::testing::ValuesIn(cases),
                         [](const auto& test) { return test.param.name; });

TEST(NotYet, LeavesNotesAlone) {
    EXPECT_TRUE(parse_with("/connections/0/clients/x-old", R"({"secret": "application"})"));
}

TEST(NotYet, LeavesDpopAutoAndOffAlone) {
    EXPECT_TRUE(parse_with("/connections/0/dpop", R"("auto")"));
    EXPECT_TRUE(parse_with("/connections/0/dpop", R"("off")"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
