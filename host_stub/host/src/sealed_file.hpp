// A copy of a file in memory that nobody can change any more, whoever may write to the file.
#pragma once

#include "trusted_file.hpp"

#include <mcp_auth/result.hpp>

#include <string>

namespace mcp_auth::host {

// All that the open file holds, in a memory file under every seal (memfd_create(2), F_ADD_SEALS):
// what is then checked there is what is there for good. `name` is for messages. Errors:
// misconfigured (larger than 256 MiB, unreadable, the kernel allows no such file).
Result<FileDescriptor> sealed_copy(int fd, const std::string& name);

bool is_sealed(int fd) noexcept;

}  // namespace mcp_auth::host
