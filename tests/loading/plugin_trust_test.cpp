// The policies: who is admitted under each, by which rule, and that the system's demand holds
// whatever a configuration says.
#include "signing_files.hpp"

#include "plugin_trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Trust : public ::testing::Test {
protected:
    Trust() {
        directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("valid")));
        manifest = directory.write("plugin.json", manifest_text("./plugin.so"));
        config.demanded_by = "config.json at /plugins/trust";
    }
    // The rule, or why not.
    std::string judged() const {
        const auto trust = PluginTrust::open(config, directory / "etc");
        const auto read = read_manifest(manifest);
        if (!read) return read.error().message;
        const auto rule = trust.admit(*read, sha256_of_file(read->library));
        if (rule) return *rule;
        EXPECT_EQ(rule.status(), Status::misconfigured);
        EXPECT_EQ(rule.error().leg, "manifest");
        EXPECT_THAT(rule.error().message, StartsWith(read->library + ": "));
        return rule.error().message;
    }
    bool sealed() const { return PluginTrust::open(config, directory / "etc").sealed(); }
    std::string list(const std::string& name) const {
        return directory.write(name, R"({"version": 1, "plugins": [{"id": "fixture", "sha256": ")" +
                                         sha256_of_file(directory / "plugin.so") + "\"}]}");
    }
    void sign() const { directory.write("plugin.json.sig", signature_of(manifest, key.get())); }

    TemporaryDirectory directory;
    const OwnedKey key = new_key();
    TrustConfig config;
    std::string manifest;
};

TEST_F(Trust, IsInOwnerAndModeUnlessSomebodySaysMore) {
    EXPECT_EQ(judged(), "owner");
    EXPECT_FALSE(sealed());
    EXPECT_EQ(*PluginTrust().admit({}, ""), "owner");
}

TEST_F(Trust, IsInNobodyUnderDeny) {
    config.policy = PluginPolicy::deny;
    EXPECT_THAT(judged(), HasSubstr("load no plugins (config.json at /plugins/trust)"));
}

TEST_F(Trust, IsInTheAllowlist) {
    config.policy = PluginPolicy::allowlist;
    config.allowlist = list("list.json");
    EXPECT_EQ(judged(), "allowlist: " + (directory / "list.json") + " at /plugins/0");
    EXPECT_TRUE(sealed());
    directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("runs_code")));
    EXPECT_THAT(judged(), HasSubstr("another build"));
    EXPECT_THAT(judged(), HasSubstr("(config.json at /plugins/trust)"));
}

TEST_F(Trust, IsInTheSystemsAllowlistWhereNoneIsNamed) {
    config.policy = PluginPolicy::allowlist;
    EXPECT_THAT(judged(), HasSubstr("no allowlist: "));
    EXPECT_THAT(judged(), HasSubstr(directory / "etc"));
    list("etc/allowlist.json");
    EXPECT_EQ(judged(), "allowlist: " + (directory / "etc/allowlist.json") + " at /plugins/0");
}

TEST_F(Trust, IsInASignature) {
    config.policy = PluginPolicy::signature;
    config.keys = directory / "keys";
    directory.write("keys/acme.pem", public_pem(key.get()));
    EXPECT_THAT(judged(), HasSubstr("no signature: "));
    sign();
    EXPECT_EQ(judged(), "signed: " + (directory / "keys/acme.pem"));
    EXPECT_TRUE(sealed());
}

TEST_F(Trust, IsInTheSystemsKeysWhereNoneAreNamed) {
    config.policy = PluginPolicy::signature;
    sign();
    EXPECT_THAT(judged(), HasSubstr("no trusted keys: "));
    directory.write("etc/keys.d/acme.pem", public_pem(key.get()));
    EXPECT_EQ(judged(), "signed: " + (directory / "etc/keys.d/acme.pem"));
}

TEST_F(Trust, OfAnUnknownNameIsInNobody) {
    for (const char* name : {"", "Owner", "allow-list", "sgned", "owner ", "none"})
        EXPECT_EQ(plugin_policy(name), PluginPolicy::deny) << name;
    EXPECT_EQ(plugin_policy("owner"), PluginPolicy::owner);
}

TEST_F(Trust, OfTheSystemHoldsWhateverTheConfigurationSays) {
    directory.write("etc/trust.json", R"({"version": 1, "trust": "signed", "keys": "keys"})");
    directory.write("etc/keys/acme.pem", public_pem(key.get()));
    EXPECT_THAT(judged(), HasSubstr("(" + (directory / "etc/trust.json") + " at /trust)"));
    EXPECT_TRUE(sealed());
    sign();
    EXPECT_EQ(judged(), "signed: " + (directory / "etc/keys/acme.pem"));
}

TEST_F(Trust, OfBothIsWhatBothSay) {
    directory.write("etc/trust.json", R"({"version": 1, "trust": "signed"})");
    directory.write("etc/keys.d/acme.pem", public_pem(key.get()));
    sign();
    config.policy = PluginPolicy::allowlist;
    config.allowlist = list("list.json");
    EXPECT_EQ(judged(), "signed: " + (directory / "etc/keys.d/acme.pem") +
                            "; allowlist: " + (directory / "list.json") + " at /plugins/0");
    config.policy = PluginPolicy::deny;
    EXPECT_THAT(judged(), HasSubstr("load no plugins"));
}

TEST_F(Trust, OfTheSystemThatIsMisspeltIsInNobody) {
    directory.write("etc/trust.json", R"({"version": 1, "trust": "sgned"})");
    EXPECT_THAT(judged(), HasSubstr("no plugin is loaded: " + (directory / "etc/trust.json") +
                                    " at /trust: expected \"owner\", \"allowlist\""));
}

TEST_F(Trust, OfTheSystemThatCannotBeTrustedIsInNobody) {
    directory.write("etc/trust.json", R"({"version": 1, "trust": "owner"})", 0666);
    EXPECT_THAT(judged(), HasSubstr("trust.json: everyone can write to it"));
    directory.write("etc/trust.json", R"({"version": 1, "trust": "owner"})", 0644);
    EXPECT_EQ(judged(), "owner");
}

}  // namespace
}  // namespace mcp_auth::host::testing
