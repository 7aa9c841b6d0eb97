// What belongs to the process and not to a plugin, looked at before and after.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mcp_auth::validate {

// Number and what it leads to.
std::map<int, std::string> open_descriptors();
// Those of `after` that `before` lacks, as words: "7 (socket:[123])". Empty: none.
std::string descriptors_left(const std::map<int, std::string>& before,
                             const std::map<int, std::string>& after);

std::size_t count_threads();
// One that was joined may be listed for a moment longer: whether there are `most` at last.
bool threads_come_down_to(std::size_t most);

struct ProcessSettings {
    static ProcessSettings now();
    // "the handler of SIGPIPE", "the environment variable LANG"; empty: no difference.
    std::string changed_since(const ProcessSettings& before) const;

    std::vector<std::uintptr_t> signal_handlers = {};
    std::map<std::string, std::string> environment = {};
    std::string directory = {}, umask = {}, locale = {};
};

}  // namespace mcp_auth::validate
