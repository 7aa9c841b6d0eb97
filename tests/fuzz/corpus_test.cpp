// Every file of corpus/TARGET goes through its target: what the fuzzers have found, and what they
// begin with, holds in every build.
#include "promise.hpp"
#include "support/file_contents.hpp"
#include "targets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace mcp_auth::fuzz {

void PrintTo(const Target& target, std::ostream* out);
void PrintTo(const Target& target, std::ostream* out) {
    *out << target.name;
}

namespace {

class FuzzCorpus : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, HoldsWhatItsTargetAsks) {
    std::size_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(CORPUS) / GetParam().name)) {
        const std::string text = testing::file_contents(entry.path());
        ++files;
        try {
            GetParam().take(text);
        } catch (const BrokenPromise& broken) {
            ADD_FAILURE() << entry.path().filename() << ": not so: " << broken.what();
        }
    }
    std::cout << GetParam().name << ": " << files << " files\n";
    EXPECT_GT(files, 0U);
}

INSTANTIATE_TEST_SUITE_P(Each, FuzzCorpus, ::testing::ValuesIn(targets),
                         [](const auto& each) { return std::string(each.param.name); });

// A directory without a target would be read by nobody.
TEST(FuzzTargets, AreThereForEveryDirectoryOfTheCorpus) {
    for (const auto& entry : std::filesystem::directory_iterator(CORPUS))
        EXPECT_TRUE(std::any_of(std::begin(targets), std::end(targets), [&](const Target& target) {
            return entry.path().filename() == target.name;
        })) << entry.path();
}

}  // namespace
}  // namespace mcp_auth::fuzz
