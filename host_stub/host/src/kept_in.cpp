#include "kept_in.hpp"

#include "keyring_store.hpp"

#include <utility>

namespace mcp_auth::host {

Result<KeptSignIns> kept_sign_ins(const Options& options, const Config& config) {
    std::string directory = options.session_directory;
    if (directory.empty() && config.sessions == SessionPlace::application)
        return KeptSignIns(Store::memory(1'000, options.clock), "in memory");
    if (directory.empty() && !default_state_directory().empty())
        directory = default_state_directory() + "/sessions";
    if (directory.empty())
        return Error(Status::misconfigured, "configuration",
                     config.path +
                         " at /sessions: there is no directory to keep them in: set "
                         "XDG_STATE_HOME or HOME");
    if (config.sessions != SessionPlace::keyring)
        return KeptSignIns(Store::file(directory, 1'000, options.clock), directory);
    auto keyring = keyring_store(directory, options.clock);
    if (!keyring) {
        auto error = std::move(keyring).error();
        error.leg = "configuration";
        error.message = config.path + " at /sessions: " + error.message;
        return error;
    }
    return KeptSignIns(std::move(*keyring), "in the desktop's keyring");
}

}  // namespace mcp_auth::host
