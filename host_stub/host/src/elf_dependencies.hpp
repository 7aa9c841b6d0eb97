// What an ELF file needs from places that are found by way of its own.
#pragma once

#include <mcp_auth/result.hpp>

#include <string>
#include <vector>

namespace mcp_auth::host {

// Where the dynamic linker would look relative to the library's own place ($ORIGIN), relative to
// the process's working directory, or by a path that the library names for one of its needs:
// "run path $ORIGIN/../lib", "needs ./libacme.so". Neither means anything for a library that is
// loaded from a descriptor, and nobody checked what lies there. An absolute run path is not
// listed. Reads nothing outside the file. Errors: misconfigured.
Result<std::vector<std::string>> placed_dependencies(int fd);

}  // namespace mcp_auth::host
