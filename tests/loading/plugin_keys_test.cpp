// Whose signature counts: one valid signature, and one thing wrong at a time.
#include "signing_files.hpp"

#include "plugin_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <ostream>

namespace mcp_auth::host::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Keys : public ::testing::Test {
protected:
    Keys() {
        directory.write("plugin.so", mcp_auth::testing::file_contents(fixture("valid")));
        directory.write("settings.json", "{}");
        manifest = directory.write(
            "plugin.json", manifest_text("./plugin.so", R"(, "settings_schema": "settings.json")"));
        directory.write("keys/acme.pem", public_pem(key.get()));
        sign();
    }
    void sign() { directory.write("plugin.json.sig", signature_of(manifest, key.get())); }
    Result<std::string> signer() const {
        const auto keys = PluginKeys::read(directory / "keys");
        if (!keys) return keys.error();
        const auto read = read_manifest(manifest);
        if (!read) return read.error();
        return keys->signer_of(*read, sha256_of_file(read->library));
    }
    std::string fault() const {
        const auto who = signer();
        if (who) return "signed by " + *who;
        EXPECT_EQ(who.status(), Status::misconfigured);
        EXPECT_EQ(who.error().leg, "manifest");
        return who.error().message;
    }

    TemporaryDirectory directory;
    const OwnedKey key = new_key(), other = new_key();
    std::string manifest;
};

TEST_F(Keys, AreNamedByTheFileOfTheOneThatSigned) {
    const auto who = signer();
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(*who, directory / "keys/acme.pem");
}

TEST_F(Keys, MayBeSeveral) {
    directory.write("keys/1.pem", public_pem(other.get()));
    EXPECT_EQ(fault(), "signed by " + (directory / "keys/acme.pem"));
}

TEST_F(Keys, AreNotLookedThroughWithoutEnd) {
    for (int i = 0; i < 256; ++i)
        directory.write("keys/" + std::to_string(i) + ".pem", public_pem(key.get()));
    EXPECT_EQ(fault(), (directory / "keys") + ": more than 256 keys");
}

TEST_F(Keys, CountIfOneOfSeveralSignaturesIsTheirs) {
    directory.write("plugin.json.sig",
                    signature_of(manifest, other.get()) + signature_of(manifest, key.get()));
    EXPECT_EQ(fault(), "signed by " + (directory / "keys/acme.pem"));
}

TEST_F(Keys, NeedNoSettingsSchema) {
    directory.write("plugin.json", manifest_text("./plugin.so"));
    EXPECT_THAT(fault(), HasSubstr("are not what was signed"));
    sign();
    EXPECT_EQ(fault(), "signed by " + (directory / "keys/acme.pem"));
}

TEST_F(Keys, ThatAreRevokedAreNotThere) {
    ::unlink((directory / "keys/acme.pem").c_str());
    directory.write("keys/other.pem", public_pem(other.get()));
    EXPECT_THAT(fault(), HasSubstr("by none of the keys in " + (directory / "keys")));
}

TEST_F(Keys, AreNotTakenAwayByAFileThatIsNone) {
    directory.write("keys/0.pem", "canary");
    directory.write("keys/README", "not looked at");
    EXPECT_EQ(fault(), "signed by " + (directory / "keys/acme.pem"));
    ::unlink((directory / "keys/acme.pem").c_str());
    directory.write("keys/other.pem", public_pem(other.get()));
    EXPECT_THAT(fault(),
                HasSubstr("passed over: " + (directory / "keys/0.pem") + ": it cannot be read"));
}

struct SignatureFault {
    const char* name;
    const char* says;
    std::function<void(const TemporaryDirectory&, EVP_PKEY* key)> arrange;
};
void PrintTo(const SignatureFault& fault, std::ostream* out) {
    *out << fault.name;
}
class KeysFault : public Keys, public ::testing::WithParamInterface<SignatureFault> {};

TEST_P(KeysFault, IsNamed) {
    GetParam().arrange(directory, key.get());
    EXPECT_THAT(fault(), HasSubstr(GetParam().says));
}

std::string with(std::string text, std::size_t at, char c) {
    text[at] = text[at] == c ? 'B' : c;
    return text;
}

const SignatureFault signature_faults[] = {
    {"ManifestChanged", "plugin.json.sig: by none of the keys",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         in.write("plugin.json", mcp_auth::testing::file_contents(in / "plugin.json") + " ");
     }},
    {"LibraryChanged", "or manifest, library or settings schema are not what was signed",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         in.write("plugin.so", mcp_auth::testing::file_contents(in / "plugin.so") + " ");
     }},
    {"SettingsSchemaChanged", "by none of the keys",
     [](const TemporaryDirectory& in, EVP_PKEY*) { in.write("settings.json", "{ }"); }},
    {"NoSignature", "no signature: ",
     [](const TemporaryDirectory& in, EVP_PKEY*) { ::unlink((in / "plugin.json.sig").c_str()); }},
    {"NoSignatureAndHowToMakeOne", "mcp-auth sign ",
     [](const TemporaryDirectory& in, EVP_PKEY*) { ::unlink((in / "plugin.json.sig").c_str()); }},
    {"SignatureEmpty", "not an Ed25519 signature in base64",
     [](const TemporaryDirectory& in, EVP_PKEY*) { in.write("plugin.json.sig", ""); }},
    {"SignatureCutShort", "not an Ed25519 signature in base64",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         in.write("plugin.json.sig",
                  mcp_auth::testing::file_contents(in / "plugin.json.sig").substr(4));
     }},
    {"SignatureNotBase64", "not an Ed25519 signature in base64",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         in.write("plugin.json.sig",
                  with(mcp_auth::testing::file_contents(in / "plugin.json.sig"), 3, '*'));
     }},
    {"SignatureWithOneOtherCharacter", "by none of the keys",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         in.write("plugin.json.sig",
                  with(mcp_auth::testing::file_contents(in / "plugin.json.sig"), 3, 'A'));
     }},
    {"SignatureTooLarge", "larger than 16 KiB",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         in.write("plugin.json.sig", std::string(16 * 1024 + 1, 'A'));
     }},
    {"SignatureWritableByEveryone", "plugin.json.sig: everyone can write to it",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         ::chmod((in / "plugin.json.sig").c_str(), 0666);
     }},
    {"SignatureOfSomethingElse", "by none of the keys",
     [](const TemporaryDirectory& in, EVP_PKEY* key) {
         in.write("plugin.json.sig", write_signature(*sign_ed25519(key, "canary")));
     }},
    {"StatementOfAnotherPurpose", "by none of the keys",
     [](const TemporaryDirectory& in, EVP_PKEY* key) {
         auto text =
             statement_of(*read_manifest(in / "plugin.json"), sha256_of_file(in / "plugin.so"));
         text.erase(0, text.find('\n') + 1);
         in.write("plugin.json.sig", write_signature(*sign_ed25519(key, text)));
     }},
    {"NoKeys", "keys: there is no public key in it (*.pem)",
     [](const TemporaryDirectory& in, EVP_PKEY*) { ::unlink((in / "keys/acme.pem").c_str()); }},
    {"NoDirectoryOfKeys", "keys: No such file",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         ::unlink((in / "keys/acme.pem").c_str());
         ::rmdir((in / "keys").c_str());
     }},
    {"DirectoryOfKeysWritableByEveryone", "keys: everyone can write to it",
     [](const TemporaryDirectory& in, EVP_PKEY*) { ::chmod((in / "keys").c_str(), 0777); }},
    {"KeyWritableByEveryone", "acme.pem: everyone can write to it",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         ::chmod((in / "keys/acme.pem").c_str(), 0666);
     }},
    {"KeyPrivate", "it holds a private key",
     [](const TemporaryDirectory& in, EVP_PKEY* key) {
         in.write("keys/acme.pem", private_pem(key));
     }},
    {"KeyOfAnotherKind", "it is a key of another kind",
     [](const TemporaryDirectory& in, EVP_PKEY*) {
         in.write("keys/acme.pem", public_pem(new_key("X25519").get()));
     }},
};
INSTANTIATE_TEST_SUITE_P(Each, KeysFault, ::testing::ValuesIn(signature_faults),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace mcp_auth::host::testing
