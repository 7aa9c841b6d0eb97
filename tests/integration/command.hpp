// Running a command as a user would, and keeping every byte that it wrote.
#pragma once

#include "support/file_contents.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::integration {

struct Outcome {
    int exit_code = -1;
    std::string out, err;
};

// `environment` is laid over a clean one (PATH, HOME=/nonexistent, an XDG_STATE_HOME of this run's
// own). stdin is /dev/null.
Outcome run_command(const std::vector<std::string>& arguments,
                    const std::vector<std::pair<std::string, std::string>>& environment = {});

}  // namespace mcp_auth::integration
