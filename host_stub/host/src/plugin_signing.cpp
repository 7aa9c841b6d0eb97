#include <mcp_auth/host/plugin_signing.hpp>

#include "config.hpp"
#include "ed25519.hpp"
#include "plugin_library.hpp"
#include "plugin_statement.hpp"
#include "secret_reference.hpp"

#include <utility>

namespace mcp_auth {

Result<std::string> plugin_statement(const std::string& manifest_file) {
    const auto manifest = host::read_manifest(manifest_file);
    if (!manifest) return manifest.error();
    // As a host would that asks for signatures: what it would refuse is not worth one.
    const auto library = host::open_library(*manifest, true);
    if (!library) return library.error();
    return host::statement_of(*manifest, library->sha256);
}

Result<PluginSignature> sign_plugin(const std::string& manifest_file, const std::string& key_file) {
    constexpr const char* leg = "signing";
    const auto statement = plugin_statement(manifest_file);
    if (!statement) return statement.error();
    host::SecretReference reference;
    reference.from = host::SecretReference::From::file;
    reference.name = key_file;
    const auto pem = host::read_secret(reference, "the signing key", leg, {});
    if (!pem) return pem.error();
    const auto key = host::read_ed25519_private_key(*pem);
    if (!key) return Error(Status::misconfigured, leg, key_file + ": " + key.error().message);
    const auto signature = host::sign_ed25519(key->get(), *statement);
    if (!signature) return Error(signature.status(), leg, signature.error().message);
    return PluginSignature{host::write_signature(*signature), host::key_fingerprint(key->get())};
}

std::string plugin_signature_file(const std::string& manifest_file) {
    return host::signature_file_of(manifest_file);
}

}  // namespace mcp_auth
