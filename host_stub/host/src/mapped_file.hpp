// Whether what is in memory is of the file that was checked.
#pragma once

namespace mcp_auth::host {

// Whether the mapping that holds `address` is one of the open file `fd`, by the kernel's own
// account: it is asked for that mapping and for one that is made of `fd` here, and both must have
// the same device and inode. (fstat tells other numbers than /proc/self/maps on overlay and btrfs
// file systems.) False when in doubt.
bool is_mapped_from(const void* address, int fd);

}  // namespace mcp_auth::host
