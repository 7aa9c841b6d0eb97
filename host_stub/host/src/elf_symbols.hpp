// The dynamic symbols of an ELF file, read without running any of it.
#pragma once

#include <mcp_auth/result.hpp>

#include <string>
#include <vector>

namespace mcp_auth::host {

// The defined, visible dynamic symbols of an ELF file, as the dynamic linker would find them: by
// way of the program headers, never the section headers, which it does not look at. Absolute
// version symbols are left out. Reads nothing outside the file, whatever its bytes claim.
// Errors: misconfigured (not ELF, wrong class or machine, malformed).
Result<std::vector<std::string>> exported_symbols(int fd);

}  // namespace mcp_auth::host
