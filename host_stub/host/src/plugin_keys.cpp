#include "plugin_keys.hpp"

#include "ed25519.hpp"
#include "plugin_statement.hpp"
#include "trusted_file.hpp"

#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_key_bytes = 16 * 1024;
constexpr std::size_t max_keys = 256;
constexpr std::size_t max_signature_bytes = 16 * 1024;

Error refuse(std::string message) {
    return {Status::misconfigured, "manifest", std::move(message)};
}

Result<OwnedKey> read_key(const std::string& path) {
    auto file = open_trusted(path);
    if (!file) return file.error();
    const auto pem = read_all(file->get(), max_key_bytes, path);
    if (!pem) return pem.error();
    auto key = read_ed25519_public_key(*pem);
    if (!key) return refuse(path + ": " + key.error().message);
    return key;
}

}  // namespace

Result<PluginKeys> PluginKeys::read(const std::string& directory) {
    PluginKeys keys;
    keys.directory_ = directory;
    const auto names = list_trusted_directory(directory);
    if (!names) return names.error();
    for (const std::string& name : *names) {
        if (!ends_with(name, ".pem")) continue;
        std::string path = directory;
        path.append("/").append(name);
        if (keys.keys_.size() == max_keys)
            return refuse(directory + ": more than " + std::to_string(max_keys) + " keys");
        auto key = read_key(path);
        if (key)
            keys.keys_.push_back({path, std::shared_ptr<EVP_PKEY>(std::move(*key))});
        else
            keys.passed_over_ += "; passed over: " + key.error().message;
    }
    if (keys.keys_.empty())
        return refuse(directory + ": there is no public key in it (*.pem)" + keys.passed_over_);
    return keys;
}

Result<std::string> PluginKeys::signer_of(const Manifest& manifest,
                                          const std::string& sha256) const {
    const std::string path = signature_file_of(manifest.path);
    const std::string how = "mcp-auth sign " + manifest.path + " --key FILE";
    auto file = open_trusted(path);
    if (!file) return refuse("no signature: " + file.error().message + "; to make one: " + how);
    const auto text = read_all(file->get(), max_signature_bytes, path);
    if (!text) return refuse("no signature: " + text.error().message);
    const auto signatures = read_signatures(*text);
    if (!signatures)
        return refuse(path + ": not an Ed25519 signature in base64; to make one: " + how);
    const std::string statement = statement_of(manifest, sha256);
    for (const Key& key : keys_)
        for (const std::string& signature : *signatures)
            if (verify_ed25519(key.key.get(), statement, signature)) return key.file;
    return refuse(path + ": by none of the keys in " + directory_ +
                  ", or manifest, library or settings schema are not what was signed; sign them "
                  "anew (" +
                  how + "), or put the signer's public key there" + passed_over_);
}

}  // namespace mcp_auth::host
