// The shipped modules as they are built: what each exports, what it needs, the manifest beside it,
// and a settings schema that the host can read.
#include "elf_module.hpp"

#include <mcp_auth/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

namespace mcp_auth {
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

struct Shipped {
    const char* module;
    const char* id;
    std::string library() const { return MODULES "/" + std::string(module) + ".so"; }
    std::string manifest() const { return MANIFESTS "/" + std::string(id) + ".json"; }
};
void PrintTo(const Shipped& shipped, std::ostream* out) {
    *out << shipped.id;
}

class Module : public ::testing::TestWithParam<Shipped> {};
INSTANTIATE_TEST_SUITE_P(Shipped, Module,
                         ::testing::Values(Shipped{"client_credentials", "client-credentials"},
                                           Shipped{"cross_app_access", "cross-app-access"},
                                           Shipped{"workload_identity", "workload-identity"}),
                         [](const auto& test) { return std::string(test.param.module); });

TEST_P(Module, ExportsTheEntryAlone) {
    EXPECT_THAT(ElfModule::read(GetParam().library()).exported,
                ElementsAre("mcp_auth_plugin_entry_v1"));
}

TEST_P(Module, LinksNoNetworkAndNoTls) {
    const auto libraries = ElfModule::read(GetParam().library()).libraries;
    EXPECT_THAT(libraries, Contains(HasSubstr("libc.so")));  // so the list was read
    for (const auto* unwanted : {"Poco", "ssl", "crypto", "curl", "boost", "fmt"})
        EXPECT_THAT(libraries, Each(Not(HasSubstr(unwanted))));
}

TEST_P(Module, HasAManifestThatNamesItAndItsSettings) {
    const auto manifest = document(GetParam().manifest());
    EXPECT_EQ(manifest.string("id"), GetParam().id);
    EXPECT_EQ(manifest.string("version"), "1.0.0");
    ASSERT_TRUE(manifest.find("library"));
    EXPECT_EQ(manifest.find("library")->string("path"), GetParam().library());
    EXPECT_EQ(manifest.find("library")->string("sha256").size(), 64u);
    const auto schema = document(MANIFESTS "/" + std::string(manifest.string("settings_schema")));
    EXPECT_TRUE(schema.find("properties"));
    EXPECT_EQ(schema.find("additionalProperties")->as_bool(), false);
}

}  // namespace
}  // namespace mcp_auth
