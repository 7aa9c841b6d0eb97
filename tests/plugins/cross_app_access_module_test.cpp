// The module as it is built: what it exports, what it needs, and the manifest beside it.
#include "elf_module.hpp"

#include <mcp_auth/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace mcp_auth::cross_app_access {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

json::Value document(const std::string& path) {
    std::ifstream file(path);
    auto value = json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    return value ? *std::move(value) : json::Value();
}

TEST(CrossAppAccessModule, ExportsTheEntryAlone) {
    EXPECT_THAT(ElfModule::read(CROSS_APP_ACCESS_MODULE).exported,
                ElementsAre("mcp_auth_plugin_entry_v1"));
}

TEST(CrossAppAccessModule, LinksNeitherPocoNorOpenSsl) {
    const auto libraries = ElfModule::read(CROSS_APP_ACCESS_MODULE).libraries;
    EXPECT_THAT(libraries, Contains(HasSubstr("libc.so")));  // so the list was read
    for (const auto* unwanted : {"Poco", "ssl", "crypto", "boost", "fmt"})
        EXPECT_THAT(libraries, Each(Not(HasSubstr(unwanted))));
}

TEST(CrossAppAccessModule, HasAManifestThatNamesItAndItsSettings) {
    const auto manifest = document(CROSS_APP_ACCESS_MANIFEST);
    EXPECT_EQ(manifest.string("id"), "cross-app-access");
    EXPECT_EQ(manifest.string("version"), "1.0.0");
    ASSERT_TRUE(manifest.find("library"));
    EXPECT_EQ(manifest.find("library")->string("path"), CROSS_APP_ACCESS_MODULE);
    EXPECT_EQ(manifest.find("library")->string("sha256").size(), 64u);
    const std::string directory = std::string(CROSS_APP_ACCESS_MANIFEST)
                                      .substr(0, std::string(CROSS_APP_ACCESS_MANIFEST).rfind('/'));
    const auto schema = document(directory + '/' + std::string(manifest.string("settings_schema")));
    EXPECT_TRUE(schema.find("properties"));
}

}  // namespace
}  // namespace mcp_auth::cross_app_access
