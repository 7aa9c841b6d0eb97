// SHA-256 as a name: of what a file or a key is called by when its own text must not be seen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mcp_auth::host {

std::string lower_hex(const unsigned char* bytes, std::size_t size);
// A hash as somebody wrote it, with its letters made small.
std::string lower_hex(std::string_view digits);

// In lower case hex.
std::string sha256_hex(std::string_view text);
// The 32 bytes themselves.
std::string sha256(std::string_view text);

}  // namespace mcp_auth::host
