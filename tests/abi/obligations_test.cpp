// The tables of obligations in plugin_api/README.md: numbered without a gap, and naming tests that
// there are.
#include "../cli/subprocess.hpp"
#include "support/file_contents.hpp"

#include <mcp_auth/json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::testing {
namespace {

using Names = std::set<std::string>;

// What stands in backticks.
Names in_backticks(std::string_view text) {
    Names names;
    for (std::size_t at = text.find('`'); at != std::string_view::npos; at = text.find('`', at)) {
        const auto end = text.find('`', at + 1);
        names.emplace(text.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return names;
}

struct Row {
    std::string number;
    Names tests;  // of the last column
};
// The rows that begin with `| P1 |`, or another letter, in their order.
std::vector<Row> rows(char letter) {
    std::vector<Row> all;
    std::istringstream lines(mcp_auth::testing::file_contents(README));
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind(std::string("| ") + letter, 0) != 0) continue;
        const auto number = line.substr(2, line.find(' ', 2) - 2);
        if (number.find_first_not_of("0123456789", 1) != std::string::npos) continue;
        const auto last = line.rfind('|', line.size() - 2);
        all.push_back({number, in_backticks(line.substr(last))});
    }
    return all;
}

TEST(Obligations, AreNumberedWithoutAGap) {
    for (const char letter : {'P', 'H'}) {
        const auto all = rows(letter);
        EXPECT_GE(all.size(), 20u);
        for (std::size_t i = 0; i < all.size(); ++i)
            EXPECT_EQ(all[i].number, letter + std::to_string(i + 1));
    }
}

TEST(Obligations, OfAHostNameTestsThatThereAre) {
    std::string tests;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(TESTS))
        if (entry.path().extension() == ".cpp")
            tests += mcp_auth::testing::file_contents(entry.path());
    for (const auto& row : rows('H'))
        for (const auto& name : row.tests)
            EXPECT_NE(tests.find(name + ","), std::string::npos) << row.number << ": " << name;
}

// Each test of the validator stands in the row of the obligation that it shows, and each name is
// one.
TEST(Obligations, OfAPluginNameTheValidatorsTests) {
    const Subprocess command({MCP_AUTH_COMMAND, "validate", "--list", "--json"}, {});
    ASSERT_EQ(command.exit_code(), 0) << command.err();
    const auto list = json::parse(command.out());
    ASSERT_TRUE(list) << command.out();
    std::map<std::string, Names> named;
    for (const auto& row : rows('P')) named[row.number] = row.tests;
    Names there;
    for (const auto& test : list->find("tests")->items()) {
        const std::string name(test.string("name"));
        there.insert(name);
        const auto numbers = test.strings("obligations");
        ASSERT_TRUE(numbers) << name;
        for (const auto& number : *numbers) {
            if (number.front() != 'P') continue;
            EXPECT_EQ(named[number].count(name), 1u) << number << ": " << name;
        }
    }
    for (const auto& [number, names] : named)
        for (const auto& name : names) EXPECT_EQ(there.count(name), 1u) << number << ": " << name;
}

}  // namespace
}  // namespace mcp_auth::testing
