// What another process of ours has in its memory: every page that can be written to, the heap, the
// stacks of its threads (also of those that ended) and the data of every library among them.
#pragma once

#include "canary_search.hpp"

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace mcp_auth::secrets {

struct MemorySearch {
    std::size_t bytes = 0;  // that were looked at
    Findings findings;      // each name behind the region's: "[heap]", "anonymous", a file
    std::string refused;    // not empty: the platform does not let us look, and why
};

// `process` must be a child that stands still. Regions over 4 GiB are left out: no program has them
// but a sanitizer, for its shadow.
MemorySearch search_memory(pid_t process, const CanarySearch& search);

}  // namespace mcp_auth::secrets
