// The public corpus of JSON that must be read (y_), must be refused (n_), and may be either (i_):
// github.com/nst/JSONTestSuite, json_corpus/LICENSE (MIT). Its two largest files, which are one
// text over and over, are made here.
#include "support/file_contents.hpp"

#include <mcp_auth/json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

namespace mcp_auth::json {
namespace {

// Where we are stricter than the grammar, on purpose (L3).
const std::map<std::string, std::string, std::less<>> stricter = {
    {"y_object_duplicated_key.json", "two readers could take different ones"},
    {"y_object_duplicated_key_and_value.json", "likewise, though here both are the same"},
};

// Of what an implementation decides, this is read: a number has any size, because its text is kept
// and whoever wants an integer or a double asks for it. All else is refused: what is not UTF-8,
// half of a surrogate pair, a byte order mark, and nesting beyond 32.
const std::map<std::string, std::string, std::less<>> decided_to_read = {
    {"i_number_double_huge_neg_exp.json", "123.456e-789"},
    {"i_number_huge_exp.json", "0.4e006699999999999..."},
    {"i_number_neg_int_huge_exp.json", "-1e+9999"},
    {"i_number_pos_double_huge_exp.json", "1.5e+9999"},
    {"i_number_real_neg_overflow.json", "-123123e100000"},
    {"i_number_real_pos_overflow.json", "123123e100000"},
    {"i_number_real_underflow.json", "123e-10000000"},
    {"i_number_too_big_neg_int.json", "-123123123123123123123123123123"},
    {"i_number_too_big_pos_int.json", "100000000000000000000"},
    {"i_number_very_big_negative_int.json", "-237462374673276894279832749832423479823246327846"},
};

bool must_be_read(const std::string& name) {
    if (name.front() == 'i') return decided_to_read.find(name) != decided_to_read.end();
    return name.front() == 'y' && stricter.find(name) == stricter.end();
}

TEST(JsonCorpus, IsReadOrRefusedAsItSays) {
    std::map<char, int> files;
    for (const auto& entry : std::filesystem::directory_iterator(JSON_CORPUS)) {
        if (entry.path().extension() != ".json") continue;
        const std::string name = entry.path().filename().string();
        const std::string text = testing::file_contents(entry.path());
        const auto value = parse(text);
        EXPECT_EQ(value.ok(), must_be_read(name))
            << name << (value ? " was read" : ": " + value.error().message);
        ++files[name.front()];
        if (!value) continue;
        const auto again = parse(value->dump());
        EXPECT_TRUE(again && *again == *value) << name << ": not the same when written";
    }
    std::cout << "JSON corpus: " << files['y'] << " to read (" << stricter.size()
              << " refused on purpose), " << files['n'] << " to refuse, " << files['i']
              << " to decide (" << decided_to_read.size() << " read)\n";
    EXPECT_EQ(files['y'], 95);
    EXPECT_EQ(files['n'], 186);
    EXPECT_EQ(files['i'], 35);
}

TEST(JsonCorpus, HasTwoLargeFilesThatRunOutOfNoStack) {
    std::string objects;
    for (int i = 0; i < 50'000; ++i) objects += "[{\"\":";
    for (const std::string& text : {std::string(100'000, '['), objects + "\n"}) {
        const auto value = parse(text, {text.size(), 256});
        ASSERT_FALSE(value);
        EXPECT_EQ(value.status(), Status::protocol);
    }
}

// What must be read within our limits is; what only the limits refuse, says so.
TEST(JsonCorpus, HasNestingThatIsReadUpToTheLimit) {
    const std::string nested = std::string(32, '[') + std::string(32, ']');
    EXPECT_TRUE(parse(nested));
    const auto deeper = parse("[" + nested + "]");
    ASSERT_FALSE(deeper);
    EXPECT_NE(deeper.error().message.find("less nesting"), std::string::npos);
}

}  // namespace
}  // namespace mcp_auth::json
