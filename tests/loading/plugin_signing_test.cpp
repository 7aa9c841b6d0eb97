// Signing, and what OpenSSL's own command makes and checks of it.
#include "signing_files.hpp"

#include "plugin_keys.hpp"

#include <mcp_auth/host/plugin_signing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Signing : public ::testing::Test {
protected:
    Signing() {
        directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("valid")));
        manifest = directory.write("plugin.json", manifest_text("./plugin.so"));
        key_file = directory.write("key", private_pem(key.get()));
        directory.write("keys/acme.pem", public_pem(key.get()));
    }
    // Whether a host with these keys takes it.
    bool is_signed() const {
        const auto read = read_manifest(manifest);
        const auto keys = PluginKeys::read(directory / "keys");
        if (!read || !keys) return false;
        const auto who = keys->signer_of(*read, sha256_of_file(read->library));
        EXPECT_TRUE(who) << who.error().message;
        return who.ok();
    }
    std::string fault() const {
        const auto signature = sign_plugin(manifest, key_file);
        return signature ? "signed" : signature.error().leg + ": " + signature.error().message;
    }
    bool shell(const std::string& command) const {
        // NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): a test's own words, no threads
        return std::system(("cd " + directory.path() + " && " + command).c_str()) == 0;
    }

    TemporaryDirectory directory;
    const OwnedKey key = new_key();
    std::string manifest, key_file;
};

TEST_F(Signing, IsOfManifestLibraryAndSettingsSchema) {
    directory.write("settings.json", "{}");
    directory.write("plugin.json",
                    manifest_text("./plugin.so", R"(, "settings_schema": "settings.json")"));
    const auto statement = plugin_statement(manifest);
    ASSERT_TRUE(statement) << statement.error().message;
    EXPECT_EQ(*statement, "mcp-auth plugin signature 1\nmanifest " + sha256_of_file(manifest) +
                              "\nlibrary " + sha256_of_file(directory / "plugin.so") +
                              "\nsettings_schema " + sha256_of_file(directory / "settings.json") +
                              "\n");
}

TEST_F(Signing, SaysThatThereIsNoSettingsSchema) {
    EXPECT_THAT(*plugin_statement(manifest), HasSubstr("\nsettings_schema none\n"));
}

TEST_F(Signing, MakesWhatAHostTakes) {
    const auto signature = sign_plugin(manifest, key_file);
    ASSERT_TRUE(signature) << signature.error().message;
    directory.write("plugin.json.sig", signature->text);
    EXPECT_EQ(plugin_signature_file(manifest), directory / "plugin.json.sig");
    EXPECT_TRUE(is_signed());
    EXPECT_EQ(signature->key_sha256, key_fingerprint(key.get()));
}

TEST_F(Signing, RunsNothingOfThePlugin) {
    directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("runs_code")));
    ::unsetenv(mark);
    EXPECT_EQ(fault(), "signed");
    EXPECT_EQ(::getenv(mark), nullptr);
}

TEST_F(Signing, IsRefusedForWhatAHostWouldRefuse) {
    directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("exports_more")));
    EXPECT_THAT(fault(), HasSubstr("manifest: "));
    EXPECT_THAT(fault(), HasSubstr("more than the entry"));
    directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("origin")));
    EXPECT_THAT(fault(), HasSubstr("$ORIGIN"));
}

TEST_F(Signing, NeedsAnEd25519KeyWithoutPassword) {
    const std::string good = private_pem(key.get());
    for (const auto& [text, says] :
         {std::pair<std::string, std::string>{public_pem(key.get()), "it is no private key"},
          {private_pem(key.get(), "word"), "it has a password"},
          {private_pem(new_key("X25519").get()), "it is a key of another kind"},
          {good.substr(0, 50) + good.substr(60), "it cannot be read"}}) {
        directory.write("key", text);
        EXPECT_THAT(fault(), HasSubstr("signing: " + key_file + ": " + says));
        EXPECT_THAT(fault(), Not(HasSubstr(good.substr(40, 20))));
    }
    key_file = directory / "none";
    EXPECT_THAT(fault(), HasSubstr("No such file"));
}

TEST_F(Signing, CanBeDoneByOpensslsCommand) {
    ASSERT_TRUE(
        shell("openssl genpkey -algorithm ed25519 -out key && "
              "openssl pkey -in key -pubout -out keys/acme.pem"));
    directory.write("statement", *plugin_statement(manifest));
    ASSERT_TRUE(
        shell("openssl pkeyutl -sign -rawin -inkey key -in statement -out raw && "
              "openssl base64 -in raw -out plugin.json.sig"));
    EXPECT_TRUE(is_signed());
    // And the other way round; Ed25519 has one signature of one text.
    directory.write("plugin.json.sig", sign_plugin(manifest, key_file)->text);
    EXPECT_TRUE(is_signed());
    EXPECT_TRUE(
        shell("openssl base64 -d -A -in plugin.json.sig -out raw && "
              "openssl pkeyutl -verify -rawin -pubin -inkey keys/acme.pem -in statement "
              "-sigfile raw >verified"));
    EXPECT_TRUE(shell("openssl pkey -pubin -in keys/acme.pem -outform DER -out der"));
    EXPECT_EQ(sign_plugin(manifest, key_file)->key_sha256, sha256_of_file(directory / "der"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
