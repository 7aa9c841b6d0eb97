// Loading a library: what is checked before any of its code runs, and what after.
#include "loading_files.hpp"

#include "plugin_library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string_view view(const mcp_auth_str& text) {
    return {text.ptr, text.len};
}

std::string fault_of(const Manifest& manifest) {
    const auto plugin = load_plugin(manifest);
    if (plugin) return "loaded";
    EXPECT_EQ(plugin.status(), Status::misconfigured);
    EXPECT_EQ(plugin.error().leg, "manifest");
    EXPECT_THAT(plugin.error().message, HasSubstr(manifest.library));
    EXPECT_THAT(plugin.error().message, Not(HasSubstr("/proc/self")));
    return plugin.error().message;
}

class GoodLibrary : public ::testing::TestWithParam<const char*> {};

TEST_P(GoodLibrary, IsLoaded) {
    const std::string path = fixture(GetParam());
    Manifest manifest = manifest_of(path);
    manifest.sha256 = sha256_of_file(path);
    const auto plugin = load_plugin(manifest);
    ASSERT_TRUE(plugin) << plugin.error().message;
    EXPECT_EQ(view(plugin->descriptor->id), "fixture");
    EXPECT_EQ(plugin->library, path);
    EXPECT_EQ(plugin->sha256, manifest.sha256);
}
INSTANTIATE_TEST_SUITE_P(Fixture, GoodLibrary,
                         ::testing::Values("valid", "named_version", "sysv_hash", "both_hashes",
                                           "both_entries"),
                         [](const auto& test) { return std::string(test.param); });

TEST(PluginLibrary, IsTheSameOneWhenTwoHostsLoadIt) {
    const auto first = load_plugin(manifest_of(fixture("valid")));
    const auto second = load_plugin(manifest_of(fixture("valid")));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->descriptor, second->descriptor);
}

TEST(PluginLibrary, IsAnotherOneAfterItsFileWasReplaced) {
    const TemporaryDirectory directory;
    const auto path =
        directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("valid")));
    const auto before = load_plugin(manifest_of(path));
    ASSERT_TRUE(before) << before.error().message;
    ::unlink(path.c_str());
    directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("other_version")));
    Manifest manifest = manifest_of(path);
    manifest.version = "1.0.1";
    const auto after = load_plugin(manifest);
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(view(before->descriptor->version), "1.0.0");
    EXPECT_EQ(view(after->descriptor->version), "1.0.1");
}

TEST(PluginLibrary, StaysMappedAndPrivate) {
    const auto plugin = load_plugin(manifest_of(fixture("valid")));
    ASSERT_TRUE(plugin);
    EXPECT_EQ(view(plugin->descriptor->id), "fixture");
    EXPECT_EQ(::dlsym(RTLD_DEFAULT, MCP_AUTH_ENTRY_NAME), nullptr);  // RTLD_LOCAL
}

struct Refused {
    const char* fixture;
    const char* says;
};
void PrintTo(const Refused& refused, std::ostream* out) {
    *out << refused.fixture;
}

class RefusedBeforeItRuns : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedBeforeItRuns, NamingTheFault) {
    ::unsetenv(mark);
    EXPECT_THAT(fault_of(manifest_of(fixture(GetParam().fixture))), HasSubstr(GetParam().says));
    EXPECT_EQ(::getenv(mark), nullptr);  // its constructor would have set it
}
INSTANTIATE_TEST_SUITE_P(
    Fixture, RefusedBeforeItRuns,
    ::testing::Values(
        Refused{"exports_more",
                "more than the entry: fixture_extra_function, fixture_extra_variable"},
        Refused{"no_entry", "not a plugin: it does not export mcp_auth_plugin_entry_v1"},
        Refused{"entry_v2", "another ABI: it exports mcp_auth_plugin_entry_v2"}),
    [](const auto& test) { return std::string(test.param.fixture); });

class RefusedAfterLoad : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedAfterLoad, NamingTheFault) {
    EXPECT_THAT(fault_of(manifest_of(fixture(GetParam().fixture))), HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    Fixture, RefusedAfterLoad,
    ::testing::Values(Refused{"other_id", "its id is not the manifest's, \"fixture\""},
                      Refused{"other_version", "its version is not the manifest's, \"1.0.0\""},
                      Refused{"other_roles", "its roles are not the manifest's"},
                      Refused{"roles_in_another_order", "its roles are not the manifest's"},
                      Refused{"small_descriptor", "smaller than that of ABI 1.0"},
                      Refused{"no_create", "no \"create\""},
                      Refused{"no_descriptor", "no descriptor"},
                      Refused{"undefined_symbol", "undefined symbol: fixture_defined_nowhere"}),
    [](const auto& test) { return std::string(test.param.fixture); });

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(PluginLibrary, KeepsOneDescriptorHoweverOftenItIsLoaded) {
    for (const auto load : {&load_plugin, &load_sealed}) {
        const auto first = load(manifest_of(fixture("valid")));
        ASSERT_TRUE(first) << first.error().message;
        const auto before = open_descriptors();
        for (int i = 0; i < 5; ++i) {
            const auto again = load(manifest_of(fixture("valid")));
            ASSERT_TRUE(again) << again.error().message;
            EXPECT_EQ(again->descriptor, first->descriptor);
        }
        EXPECT_EQ(open_descriptors(), before);
    }
}

TEST(SealedLibrary, IsLoadedFromMemoryAndNotFromItsFile) {
    const auto from_file = load_plugin(manifest_of(fixture("valid")));
    const auto from_memory = load_sealed(manifest_of(fixture("valid")));
    ASSERT_TRUE(from_file && from_memory) << from_memory.error().message;
    EXPECT_NE(from_memory->descriptor, from_file->descriptor);
    EXPECT_EQ(from_memory->sha256, from_file->sha256);
    Dl_info info = {};
    ASSERT_NE(::dladdr(from_memory->descriptor, &info), 0);
    const auto memory = std::filesystem::read_symlink(info.dli_fname).string();
    EXPECT_THAT(memory, StartsWith("/memfd:mcp-auth-plugin"));
}

TEST(SealedLibrary, StaysWhatItWasWhenItsFileIsWrittenTo) {
    const TemporaryDirectory directory;
    const auto path =
        directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("valid")));
    auto library = open_library(manifest_of(path), true);
    ASSERT_TRUE(library) << library.error().message;
    directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("runs_code")));
    ::unsetenv(mark);
    EXPECT_TRUE(map_library(std::move(*library), manifest_of(path)));
    EXPECT_EQ(::getenv(mark), nullptr);
}

class LibraryOfAPlace : public ::testing::TestWithParam<Refused> {};

TEST_P(LibraryOfAPlace, IsRefusedWhereItMustBeSealed) {
    const Manifest manifest = manifest_of(fixture(GetParam().fixture));
    const auto sealed = load_sealed(manifest);
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.status(), Status::misconfigured);
    EXPECT_THAT(sealed.error().message, StartsWith(manifest.library + ": it looks for other "));
    EXPECT_THAT(sealed.error().message, HasSubstr(GetParam().says));
    EXPECT_EQ(fault_of(manifest), "loaded");  // nothing that it needs is really there
}
INSTANTIATE_TEST_SUITE_P(Fixture, LibraryOfAPlace,
                         ::testing::Values(Refused{"origin", "(run path $ORIGIN/lib)"},
                                           Refused{"old_origin", "(run path ${ORIGIN})"},
                                           Refused{"relative_run_path", "(run path lib)"},
                                           Refused{"needs_a_path", "/no_entry.so)"}),
                         [](const auto& test) { return std::string(test.param.fixture); });

TEST(PluginLibrary, IsRefusedIfItIsMissing) {
    EXPECT_THAT(fault_of(manifest_of(fixture("none"))), HasSubstr("No such file"));
}

TEST(PluginLibrary, IsRefusedIfItsHashIsAnother) {
    Manifest manifest = manifest_of(fixture("valid"));
    manifest.sha256 = std::string(64, '0');
    EXPECT_THAT(fault_of(manifest),
                HasSubstr("its SHA-256 is " + sha256_of_file(manifest.library)));
}

TEST(PluginLibrary, IsRefusedIfEveryoneCanWriteToItOrToItsDirectory) {
    const TemporaryDirectory directory;
    const auto path =
        directory.write("open/plugin.so", mcp_auth::testing::file_contents(fixture("valid")), 0777);
    EXPECT_THAT(fault_of(manifest_of(path)), HasSubstr("chmod o-w " + path));
    ::chmod(path.c_str(), 0755);
    EXPECT_EQ(fault_of(manifest_of(path)), "loaded");
    ::chmod((directory / "open").c_str(), 0777);
    const auto refused = load_plugin(manifest_of(path));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, StartsWith((directory / "open") + ": everyone can write"));
}

TEST(PluginLibrary, IsRefusedIfItIsNoElfFile) {
    const TemporaryDirectory directory;
    EXPECT_THAT(fault_of(manifest_of(directory.write("a.so", "#!/bin/sh\n"))),
                HasSubstr("not an ELF file"));
    EXPECT_THAT(fault_of(manifest_of(directory.write("b.so", ""))), HasSubstr("not an ELF file"));
}

TEST(PluginLibrary, IsRefusedIfItIsTruncated) {
    const TemporaryDirectory directory;
    const std::string whole = mcp_auth::testing::file_contents(fixture("valid"));
    EXPECT_THAT(fault_of(manifest_of(directory.write("half.so", whole.substr(0, 4096)))),
                HasSubstr("truncated"));
}

// The descriptor alone, as for a plugin that is linked into the application.

constexpr mcp_auth_plugin builtin_plugin = {
    sizeof(mcp_auth_plugin),
    0,
    {"fixture", 7},
    {"1.0.0", 5},
    {"mcp.auth.token/1 mcp.auth.assertion/1", 37},
    [](const mcp_auth_host*, const mcp_auth_instance*, mcp_auth_provider**,
       mcp_auth_failure*) -> mcp_auth_status { return MCP_AUTH_INTERNAL; }};
const mcp_auth_plugin* builtin_entry() {
    return &builtin_plugin;
}

TEST(Descriptor, IsAcceptedIfItIsTheManifests) {
    const auto plugin = check_descriptor(&builtin_entry, manifest_of(""));
    ASSERT_TRUE(plugin) << plugin.error().message;
    EXPECT_EQ(*plugin, &builtin_plugin);
}

TEST(Descriptor, MayBeLargerThanOurs) {
    static mcp_auth_plugin larger = builtin_plugin;
    larger.struct_size = sizeof(mcp_auth_plugin) + 64;
    larger.abi_minor = 9;
    EXPECT_TRUE(
        check_descriptor([]() -> const mcp_auth_plugin* { return &larger; }, manifest_of("")));
}

TEST(Descriptor, MustBeCompiledForWhatItsManifestAsks) {
    Manifest manifest = manifest_of("");
    manifest.abi_min_minor = 3;
    const auto plugin = check_descriptor(&builtin_entry, manifest);
    ASSERT_FALSE(plugin);
    EXPECT_THAT(plugin.error().message, HasSubstr("compiled for ABI 1.0"));
}

TEST(Descriptor, OfAnEntryThatThrowsIsRefused) {
    const auto plugin = check_descriptor(
        []() -> const mcp_auth_plugin* { throw std::runtime_error("no"); }, manifest_of(""));
    ASSERT_FALSE(plugin);
    EXPECT_THAT(plugin.error().message, HasSubstr("let an exception out of its entry"));
}

// H2, whoever asks: the hosts of a process share a library.
TEST(Descriptor, IsAskedForByOneThreadAtATime) {
    static std::atomic<int> inside{0}, most{0};
    const auto entry = []() -> const mcp_auth_plugin* {
        const int now = ++inside;
        // Time for the other to come in.
        for (int n = 0; n < 10'000 && inside < 2; ++n) std::this_thread::yield();
        if (now > most) most = now;
        --inside;
        return &builtin_plugin;
    };
    std::atomic<bool> begun{false};
    std::thread beside([&] {
        begun = true;
        EXPECT_TRUE(check_descriptor(entry, manifest_of("")));
    });
    while (!begun) std::this_thread::yield();
    EXPECT_TRUE(check_descriptor(entry, manifest_of("")));
    beside.join();
    EXPECT_EQ(most, 1);
}

TEST(Descriptor, WithATextThatPointsNowhereIsRefused) {
    static mcp_auth_plugin broken = builtin_plugin;
    broken.id = {nullptr, 7};
    EXPECT_FALSE(
        check_descriptor([]() -> const mcp_auth_plugin* { return &broken; }, manifest_of("")));
    EXPECT_FALSE(check_descriptor(nullptr, manifest_of("")));
}

}  // namespace
}  // namespace mcp_auth::host::testing
