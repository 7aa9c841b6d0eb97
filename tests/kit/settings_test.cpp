// Reading settings: what is refused, and in which words.
#include <mcp_auth/settings.hpp>

#include <gmock/gmock.h>

namespace mcp_auth::plugin {
namespace {

using ::testing::ElementsAre;

struct Read {
    std::string text = "before";
    bool flag = true;
    std::int64_t seconds = 30;
    std::vector<std::string> names = {"urn:before"};
    Result<void> outcome;

    explicit Read(const std::string& json) {
        const auto settings = json::parse(json);
        SettingsReader reader(*settings);
        reader.text("text", text);
        reader.flag("flag", flag);
        reader.seconds("seconds", seconds, 0, 300);
        reader.names("names", {{"a", "urn:a"}, {"b", "urn:b"}}, names);
        outcome = reader.outcome();
    }
};

TEST(Settings, LeaveWhatIsAbsentAsItWas) {
    const Read read(R"({"x-comment":"ours"})");
    ASSERT_TRUE(read.outcome);
    EXPECT_EQ(read.text, "before");
    EXPECT_TRUE(read.flag);
    EXPECT_EQ(read.seconds, 30);
    EXPECT_THAT(read.names, ElementsAre("urn:before"));
}

TEST(Settings, AreWhatTheAdministratorWrote) {
    const Read read(R"({"text":"t","flag":false,"seconds":0,"names":["b","a"]})");
    ASSERT_TRUE(read.outcome);
    EXPECT_EQ(read.text, "t");
    EXPECT_FALSE(read.flag);
    EXPECT_EQ(read.seconds, 0);
    EXPECT_THAT(read.names, ElementsAre("urn:b", "urn:a"));
}

struct Wrong {
    const char* name;
    const char* settings;
    const char* message;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
    *out << wrong.name;
}
class WrongSetting : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongSetting, IsMisconfiguredAndNamed) {
    const Read read(GetParam().settings);
    ASSERT_EQ(read.outcome.status(), Status::misconfigured);
    EXPECT_EQ(read.outcome.error().leg, "settings");
    EXPECT_EQ(read.outcome.error().message, GetParam().message);
}

constexpr const char* text_message = "settings/text must be a text that is not empty";
constexpr const char* flag_message = "settings/flag must be true or false";
constexpr const char* seconds_message =
    "settings/seconds must be a whole number of seconds from 0 to 300";
constexpr const char* names_message =
    R"(settings/names must be an array of "a", "b", each at most once, best first)";

INSTANTIATE_TEST_SUITE_P(
    Kit, WrongSetting,
    ::testing::Values(Wrong{"TextEmpty", R"({"text":""})", text_message},
                      Wrong{"TextOfAnotherType", R"({"text":1})", text_message},
                      Wrong{"FlagAsText", R"({"flag":"yes"})", flag_message},
                      Wrong{"FlagAsNumber", R"({"flag":1})", flag_message},
                      Wrong{"SecondsNegative", R"({"seconds":-1})", seconds_message},
                      Wrong{"SecondsTooMany", R"({"seconds":301})", seconds_message},
                      Wrong{"SecondsNotWhole", R"({"seconds":1.5})", seconds_message},
                      Wrong{"SecondsAsText", R"({"seconds":"1"})", seconds_message},
                      Wrong{"NoNames", R"({"names":[]})", names_message},
                      Wrong{"NamesNotAnArray", R"({"names":"a"})", names_message},
                      Wrong{"NamesNotTexts", R"({"names":["a",1]})", names_message},
                      Wrong{"NameUnknown", R"({"names":["a","c"]})", names_message},
                      Wrong{"NameTwice", R"({"names":["a","a"]})", names_message},
                      Wrong{"TheFirstOfTwo", R"({"seconds":-1,"text":""})", text_message}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace mcp_auth::plugin
