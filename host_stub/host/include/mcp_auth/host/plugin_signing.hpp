// mcp_auth/host/plugin_signing.hpp - signing a plugin, for hosts whose policy is
// "plugins": {"trust": "signed"}.
//
//     auto signature = mcp_auth::sign_plugin("acme.json", "acme.key.pem");
//     if (signature) write("acme.json.sig", signature->text);
//
// What is signed is plugin_statement(): four lines, each ended by a line feed,
//
//     mcp-auth plugin signature 1
//     manifest <SHA-256 of the manifest's file>
//     library <SHA-256 of the library>
//     settings_schema <SHA-256 of the file that the manifest names, or "none">
//
// with the hashes in lower case hex. The signature is Ed25519 (RFC 8032) over these bytes, in
// base64, in the file MANIFEST.sig beside the manifest; it may hold several, of which one by a
// trusted key is enough. Keys and signatures are those of OpenSSL's command:
//
//     openssl genpkey -algorithm ed25519 -out acme.key.pem
//     openssl pkey -in acme.key.pem -pubout -out acme.pem             # for the hosts' keys.d
//     mcp-auth sign acme.json --statement > statement
//     openssl pkeyutl -sign -rawin -inkey acme.key.pem -in statement | openssl base64 >
//     acme.json.sig
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/result.hpp>

#include <string>

namespace mcp_auth {

struct PluginSignature {
    std::string text;        // what MANIFEST.sig holds
    std::string key_sha256;  // of the public key as SubjectPublicKeyInfo (DER), lower case hex
};

// Reads manifest, library and settings schema as a host would, runs nothing of the library.
// Errors: misconfigured, leg "manifest" (what a host would refuse it for as well).
MCP_AUTH_HOST_API Result<std::string> plugin_statement(const std::string& manifest_file);

// Signs that statement with the private key (PEM, no password) in `key_file`.
// Errors: those of plugin_statement; misconfigured, leg "signing" (no such key).
MCP_AUTH_HOST_API Result<PluginSignature> sign_plugin(const std::string& manifest_file,
                                                      const std::string& key_file);

// Where a host looks for the signature: MANIFEST.sig.
MCP_AUTH_HOST_API std::string plugin_signature_file(const std::string& manifest_file);

}  // namespace mcp_auth
