// Manifests, libraries and configurations with exactly one thing wrong, through the command: it is
// misconfigured, the error names the leg and the fault, nothing at all was sent, and no byte that
// the command wrote holds a secret.
#include "canaries.hpp"
#include "command.hpp"
#include "fault.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <sstream>
#include <vector>

namespace mcp_auth::integration {
namespace {

using host::testing::TemporaryDirectory;

// What the command is started with; a fault changes one thing of it.
struct Installation {
    TemporaryDirectory directory;
    json::Value manifest, configuration;
    std::optional<std::string> manifest_text;  // instead of `manifest`
    bool manifest_is_there = true;
    mode_t manifest_mode = 0600, configuration_mode = 0600;

    json::Value& library() { return *manifest.find("library"); }
    // Another library; its hash is not what is wrong.
    void library_is(const std::string& path) {
        library() = json::Value::object().set("path", path);
    }
};

// "key" for a signer, and its public part in "keys".
void make_keys(const Installation& with) {
    const std::string key = with.directory / "key";
    with.directory.write("keys/acme.pem", "");
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"/usr/bin/openssl", "genpkey", "-algorithm", "ed25519", "-out",
                                   key},
          {"/usr/bin/openssl", "pkey", "-in", key, "-pubout", "-out",
           with.directory / "keys/acme.pem"}})
        EXPECT_EQ(run_command(command).exit_code, 0);
}

// What the administrator demands of plugins; what it goes by is beside the configuration.
void demand(Installation& with, const char* policy) {
    with.configuration.set("plugins", json::Value::object()
                                          .set("trust", policy)
                                          .set("allowlist", "list.json")
                                          .set("keys", "keys"));
}

struct LoadingFault {
    const char* name;
    const char* leg;
    const char* says;
    std::function<void(Installation&)> arrange;
};
void PrintTo(const LoadingFault& fault, std::ostream* out) {
    *out << fault.name;
}

class LoadingFaultTest : public ::testing::TestWithParam<LoadingFault> {
protected:
    void SetUp() override {
        demo::Options options;
        options.record = true;
        auto started = Enterprise::start(options);
        ASSERT_TRUE(started) << started.error().message;
        enterprise = *std::move(started);
        ASSERT_TRUE(enterprise->sign_in());

        const std::string built = MCP_AUTH_PLUGINS;
        auto manifest =
            json::parse(mcp_auth::testing::file_contents(built + "/cross-app-access.json"));
        ASSERT_TRUE(manifest);
        installation.manifest = *std::move(manifest);
        const std::string schema(installation.manifest.string("settings_schema"));
        installation.directory.write(schema,
                                     mcp_auth::testing::file_contents(built + "/" + schema));
        auto configuration = json::parse(enterprise->configuration());
        ASSERT_TRUE(configuration);
        installation.configuration = *std::move(configuration);
    }
    Outcome run(const std::string& command) {
        const auto& directory = installation.directory;
        const std::string manifest = directory / "plugin.json";
        if (installation.manifest_is_there)
            directory.write("plugin.json",
                            installation.manifest_text.value_or(installation.manifest.dump(2)),
                            installation.manifest_mode);
        std::filesystem::create_directory(directory / "no-others");
        const auto others = others_are_installed ? MCP_AUTH_PLUGINS : directory / "no-others";
        const auto configuration = directory.write(
            "config.json", installation.configuration.dump(2), installation.configuration_mode);
        return run_command(
            {MCP_AUTH_COMMAND, command, enterprise->mcp_url(), "--manifest", manifest, "--config",
             configuration, "--trace", "--audit", audit(), "--timeout", "20"},
            {{"MCP_AUTH_PLUGIN_PATH", others}});
    }
    // The audit's events of loading.
    std::vector<json::Value> loading_events() const {
        std::vector<json::Value> events;
        std::istringstream lines(mcp_auth::testing::file_contents(audit()));
        for (std::string line; std::getline(lines, line);)
            if (auto event = json::parse(line); event && event->string("kind") == "plugin")
                events.push_back(*std::move(event));
        return events;
    }
    std::string audit() const { return installation.directory / "audit.jsonl"; }

    std::unique_ptr<Enterprise> enterprise;
    Installation installation;
    bool others_are_installed = false;
};

// It was named in so many words: what is found elsewhere is not what was meant.
TEST_F(LoadingFaultTest, AGivenManifestThatCannotBeReadIsNotPassedOverForAnother) {
    others_are_installed = true;
    installation.manifest_is_there = false;
    const auto outcome = run("token");
    EXPECT_EQ(outcome.exit_code, static_cast<int>(Status::misconfigured)) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(installation.directory / "plugin.json"), std::string::npos)
        << outcome.err;
    EXPECT_TRUE(enterprise->requests().empty());
}

TEST_F(LoadingFaultTest, WithoutAFaultThereIsAToken) {
    const auto outcome = run("token");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_F(LoadingFaultTest, OneThatIsOnTheAllowlistGetsAToken) {
    demand(installation, "allowlist");
    const std::string id(installation.manifest.string("id"));
    const std::string sha256(installation.library().string("sha256"));
    const auto list =
        installation.directory.write("list.json", R"({"version": 1, "plugins": [{"id": ")" + id +
                                                      R"(", "sha256": ")" + sha256 + "\"}]}");
    const auto outcome = run("token");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    ASSERT_EQ(loading_events().size(), 1u);
    const auto event = loading_events().front();
    EXPECT_EQ(event.string("event"), "loaded");
    const json::Value& fields = *event.find("fields");
    EXPECT_EQ(fields.string("id"), id);
    EXPECT_EQ(fields.string("version"), installation.manifest.string("version"));
    EXPECT_EQ(fields.string("manifest"), installation.directory / "plugin.json");
    EXPECT_EQ(fields.string("library"), installation.library().string("path"));
    EXPECT_EQ(fields.string("sha256"), sha256);
    EXPECT_EQ(fields.string("rule"), "allowlist: " + list + " at /plugins/0");
    EXPECT_EQ(fields.find("reason"), nullptr);
}

TEST_F(LoadingFaultTest, OneThatIsSignedGetsAToken) {
    demand(installation, "signed");
    make_keys(installation);
    installation.directory.write("plugin.json", installation.manifest.dump(2));
    const auto signing =
        run_command({MCP_AUTH_COMMAND, "sign", installation.directory / "plugin.json", "--key",
                     installation.directory / "key"});
    EXPECT_EQ(signing.exit_code, 0) << signing.err;
    const auto outcome = run("token");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    ASSERT_EQ(loading_events().size(), 1u);
    EXPECT_EQ(loading_events().front().find("fields")->string("rule"),
              "signed: " + (installation.directory / "keys/acme.pem"));
}

TEST_F(LoadingFaultTest, WhoWasRefusedAndWhyIsInTheAudit) {
    demand(installation, "deny");
    const auto outcome = run("token");
    EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
    ASSERT_EQ(loading_events().size(), 1u);
    const auto event = loading_events().front();
    EXPECT_EQ(event.string("event"), "refused");
    EXPECT_EQ(event.string("status"), "misconfigured");
    const json::Value& fields = *event.find("fields");
    EXPECT_EQ(fields.string("id"), installation.manifest.string("id"));
    EXPECT_EQ(fields.string("sha256"), installation.library().string("sha256"));
    EXPECT_NE(fields.string("reason").find("the policy is to load no plugins"), std::string::npos);
    EXPECT_EQ(fields.find("rule"), nullptr);
}

TEST_F(LoadingFaultTest, AManifestThatCannotBeReadIsInTheAudit) {
    installation.manifest_text = "{";
    (void)run("token");
    ASSERT_EQ(loading_events().size(), 1u);
    const auto event = loading_events().front();
    const json::Value& fields = *event.find("fields");
    EXPECT_EQ(fields.string("manifest"), installation.directory / "plugin.json");
    EXPECT_NE(fields.string("reason"), "");
    EXPECT_EQ(fields.find("id"), nullptr);
}

TEST_P(LoadingFaultTest, IsMisconfiguredAndNothingIsSent) {
    const auto& fault = GetParam();
    fault.arrange(installation);
    const auto outcome = run("token");
    EXPECT_EQ(outcome.exit_code, static_cast<int>(Status::misconfigured)) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(std::string("mcp-auth: ") + fault.leg + ": misconfigured"),
              std::string::npos)
        << outcome.err;
    EXPECT_NE(outcome.err.find(fault.says), std::string::npos) << outcome.err;
    EXPECT_TRUE(enterprise->requests().empty());
    expect_no_secret(*enterprise, outcome.err, "stderr");
    expect_no_secret(*enterprise, mcp_auth::testing::file_contents(audit()), "the audit file");
}

// Past a manifest that cannot be used it goes on: what the server publishes is looked at all the
// same. Without a configuration there is nothing to look at.
TEST_P(LoadingFaultTest, IsExplainedByTheDoctor) {
    const auto& fault = GetParam();
    fault.arrange(installation);
    const auto outcome = run("doctor");
    EXPECT_EQ(outcome.exit_code, static_cast<int>(Status::misconfigured)) << outcome.out;
    EXPECT_NE(outcome.out.find(std::string(fault.leg) + ": misconfigured: "), std::string::npos)
        << outcome.out;
    EXPECT_NE(outcome.out.find(fault.says), std::string::npos) << outcome.out;
    const bool goes_on = fault.leg == std::string("manifest");
    EXPECT_EQ(outcome.out.find("+ server_metadata") != std::string::npos, goes_on) << outcome.out;
    for (const auto& request : enterprise->requests()) EXPECT_FALSE(request.field("grant_type"));
    EXPECT_EQ(enterprise->requests().empty(), !goes_on);
    expect_no_secret(*enterprise, outcome.out + outcome.err, "the report");
    expect_no_secret(*enterprise, mcp_auth::testing::file_contents(audit()), "the audit file");
}

const LoadingFault manifests[] = {
    {"ManifestMissing", "manifest", "No such file",
     [](Installation& with) { with.manifest_is_there = false; }},
    {"ManifestNotJson", "manifest", "plugin.json: JSON: line 1",
     [](Installation& with) { with.manifest_text = "canary, but no JSON"; }},
    {"ManifestVersionUnknown", "manifest", "at /manifest_version: a format that is unknown here",
     [](Installation& with) { with.manifest.set("manifest_version", 2); }},
    {"ManifestKeyUnknown", "manifest", "at /libary: unknown key",
     [](Installation& with) { with.manifest.set("libary", "canary"); }},
    {"ManifestKeyTwice", "manifest", "a member name that this object does not have yet",
     [](Installation& with) {
         with.manifest_text = with.manifest.dump();
         with.manifest_text->insert(1, R"("vendor":"canary",)");
     }},
    {"ManifestTooLarge", "manifest", "larger than 64 KiB",
     [](Installation& with) {
         with.manifest_text = with.manifest.dump() + std::string(64 * 1024, ' ');
     }},
    {"ManifestWritableByEveryone", "manifest", "plugin.json: everyone can write to it",
     [](Installation& with) { with.manifest_mode = 0666; }},
    {"AbiMajorOfAnotherHost", "manifest", "at /abi/major: the plugin is for ABI 2",
     [](Installation& with) { with.manifest.find("abi")->set("major", 2); }},
    {"LibraryMissing", "manifest", "gone.so: No such file",
     [](Installation& with) { with.library_is("./gone.so"); }},
    {"LibraryNoPlugin", "manifest", "not a plugin: it does not export mcp_auth_plugin_entry_v1",
     [](Installation& with) { with.library_is(MCP_AUTH_LIBRARY_WITHOUT_ENTRY); }},
    {"LibraryThatExportsMore", "manifest", "it exports more than the entry",
     [](Installation& with) { with.library_is(MCP_AUTH_LIBRARY_THAT_EXPORTS_MORE); }},
    {"LibraryOfAnotherHash", "manifest", "the manifest says 0000",
     [](Installation& with) { with.library().set("sha256", std::string(64, '0')); }},
    {"LibraryOfAnotherId", "manifest", "its id is not the manifest's",
     [](Installation& with) {
         with.manifest.set("id", "another");
         provider(with.configuration).set("plugin", "another");
     }},
    {"LibraryOfAnotherVersion", "manifest", "its version is not the manifest's",
     [](Installation& with) { with.manifest.set("version", "9.9.9"); }},
    {"LibraryWritableByEveryone", "manifest", "plugin.so: everyone can write to it",
     [](Installation& with) {
         const std::string library(with.library().string("path"));
         with.library_is(
             with.directory.write("plugin.so", mcp_auth::testing::file_contents(library), 0777));
     }},
};
INSTANTIATE_TEST_SUITE_P(Manifest, LoadingFaultTest, ::testing::ValuesIn(manifests),
                         [](const auto& test) { return std::string(test.param.name); });

const LoadingFault policies[] = {
    {"NoPluginsAtAll", "manifest", "the policy is to load no plugins",
     [](Installation& with) { demand(with, "deny"); }},
    {"AllowlistMissing", "manifest", "list.json: No such file",
     [](Installation& with) { demand(with, "allowlist"); }},
    {"AllowlistWritableByEveryone", "manifest", "list.json: everyone can write to it",
     [](Installation& with) {
         demand(with, "allowlist");
         with.directory.write("list.json", R"({"version": 1, "plugins": []})", 0666);
     }},
    {"AllowlistMisspelt", "manifest", "list.json at /pluggins: unknown key",
     [](Installation& with) {
         demand(with, "allowlist");
         with.directory.write("list.json", R"({"version": 1, "plugins": [], "pluggins": []})");
     }},
    {"NotOnTheAllowlist", "manifest", "to let it in, add {\"id\": \"cross-app-access\", \"sha256\"",
     [](Installation& with) {
         demand(with, "allowlist");
         with.directory.write("list.json", R"({"version": 1, "plugins": []})");
     }},
    {"NoKeys", "manifest", "no trusted keys: ", [](Installation& with) { demand(with, "signed"); }},
    {"NotSigned", "manifest", "plugin.json.sig: No such file",
     [](Installation& with) {
         demand(with, "signed");
         make_keys(with);
     }},
    {"SignedAndThenChanged", "manifest", "plugin.json.sig: by none of the keys",
     [](Installation& with) {
         demand(with, "signed");
         make_keys(with);
         const auto manifest = with.directory.write("plugin.json", with.manifest.dump(2));
         EXPECT_EQ(
             run_command({MCP_AUTH_COMMAND, "sign", manifest, "--key", with.directory / "key"})
                 .exit_code,
             0);
         with.manifest.set("description", "canary");
     }},
    {"LibraryThatLooksBesideItself", "manifest", "run path $ORIGIN/lib",
     [](Installation& with) {
         demand(with, "allowlist");
         with.directory.write("list.json", R"({"version": 1, "plugins": []})");
         with.library_is(MCP_AUTH_LIBRARY_OF_A_PLACE);
     }},
    {"PolicyMisspelt", "configuration", "at /plugins/trust: expected \"owner\"",
     [](Installation& with) { demand(with, "sgned"); }},
};
INSTANTIATE_TEST_SUITE_P(Policy, LoadingFaultTest, ::testing::ValuesIn(policies),
                         [](const auto& test) { return std::string(test.param.name); });

void change(Installation& with, const std::function<void(json::Value&)>& how) {
    change_connection(with.configuration, how);
}

const LoadingFault configurations[] = {
    {"KeyUnknown", "configuration", "at /connections/0/isuer: unknown key",
     [](Installation& with) {
         change(with, [](json::Value& connection) { connection.set("isuer", "canary"); });
     }},
    {"IssuerMissing", "configuration", "at /connections/0: \"issuer\" is missing",
     [](Installation& with) {
         change(with, [](json::Value& connection) { connection.erase("issuer"); });
     }},
    {"SecretForADiscoveredIssuer", "configuration", "policy.credentials_to_discovered_issuer",
     [](Installation& with) {
         change(with, [](json::Value& connection) { connection.set("issuer", "discovered"); });
     }},
    {"LiteralSecretInAFileOthersCanRead", "configuration",
     "at /connections/0/clients/mcp/secret: a literal in a file",
     [](Installation& with) {
         with.configuration_mode = 0644;
         change(with, [](json::Value& connection) {
             connection.find("clients")->find("mcp")->set("secret", "canary-client-secret");
         });
     }},
    {"TwoConnectionsForOneUrl", "configuration",
     "at /connections/1/server: the same server as /connections/0",
     [](Installation& with) {
         auto connections = *with.configuration.find("connections");
         auto other = connections.items().front();
         other.set("name", "other");
         with.configuration.set("connections", connections.push(std::move(other)));
     }},
    {"PlainHttpToAnotherMachine", "configuration", "at /connections/0/issuer: plain http",
     [](Installation& with) {
         with.configuration.find("policy")->set("allow_http_loopback", true);
         change(with,
                [](json::Value& connection) { connection.set("issuer", "http://auth.example"); });
     }},
    {"ConfigurationWritableByEveryone", "configuration", "config.json: everyone can write to it",
     [](Installation& with) { with.configuration_mode = 0666; }},
};
INSTANTIATE_TEST_SUITE_P(Configuration, LoadingFaultTest, ::testing::ValuesIn(configurations),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace mcp_auth::integration
