// What a signer of a plugin vouches for.
#pragma once

#include "manifest.hpp"

#include <string>
#include <string_view>

namespace mcp_auth::host {

// The bytes that are signed: four lines, each ended by a line feed. The first keeps the signature
// from meaning anything elsewhere; the rest are the SHA-256 of the manifest's file, of the library,
// and of the file with the settings' schema ("none" where the manifest names none).
std::string statement_of(const Manifest& manifest, std::string_view library_sha256);

// Beside the manifest, whatever the way to it: MANIFEST.sig.
std::string signature_file_of(const std::string& manifest_file);

}  // namespace mcp_auth::host
