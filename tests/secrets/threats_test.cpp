// The threat model in host_stub/README.md: numbered without a gap, and naming tests that there are.
#include "support/file_contents.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace mcp_auth::secrets {
namespace {

// "Suite.Name" and "Suite.*" of every test in the sources.
std::set<std::string> tests_there_are() {
    const std::regex test(R"(\nTEST(?:_F|_P)?\((\w+),\s*(\w+)\))");
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(MCP_AUTH_TEST_SOURCES)) {
        if (entry.path().extension() != ".cpp") continue;
        const auto source = mcp_auth::testing::file_contents(entry.path());
        for (std::sregex_iterator at(source.begin(), source.end(), test), end; at != end; ++at) {
            all.insert((*at)[1].str() + "." + (*at)[2].str());
            all.insert((*at)[1].str() + ".*");
        }
    }
    return all;
}

std::vector<std::string> rows() {
    std::vector<std::string> all;
    std::istringstream lines(mcp_auth::testing::file_contents(MCP_AUTH_README));
    for (std::string line; std::getline(lines, line);)
        if (std::regex_search(line, std::regex(R"(^\| T\d+ \|)"))) all.push_back(line);
    return all;
}

TEST(Threats, AreNumberedWithoutAGap) {
    const auto all = rows();
    EXPECT_GE(all.size(), 30U);
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_EQ(all[i].rfind("| T" + std::to_string(i + 1) + " |", 0), 0U) << all[i];
}

TEST(Threats, AreEachShownByTestsThatThereAre) {
    const auto there = tests_there_are();
    const std::regex name(R"(`(\w+\.(?:\w+|\*))`)");
    for (const auto& row : rows()) {
        const auto shown = row.substr(row.rfind('|', row.size() - 2));
        std::size_t named = 0;
        for (std::sregex_iterator at(shown.begin(), shown.end(), name), end; at != end; ++at) {
            ++named;
            EXPECT_EQ(there.count((*at)[1].str()), 1U) << row.substr(0, 6) << (*at)[1];
        }
        EXPECT_GE(named, 1U) << row;
    }
}

}  // namespace
}  // namespace mcp_auth::secrets
