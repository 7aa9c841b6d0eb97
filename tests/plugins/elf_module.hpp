// What a built plugin shows of itself: read from the ELF file, without running any of its code.
#pragma once

#include <string>
#include <vector>

namespace mcp_auth {

struct ElfModule {
    std::vector<std::string> exported;   // names of defined symbols that others can bind to
    std::vector<std::string> libraries;  // that it needs (DT_NEEDED)

    // Empty if the file is not a 64-bit ELF object of this machine.
    static ElfModule read(const std::string& path);
};

}  // namespace mcp_auth
