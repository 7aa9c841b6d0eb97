#include <mcp_auth/host/diagnosis.hpp>

#include "examination.hpp"

namespace mcp_auth {

Status Diagnosis::status() const noexcept {
    for (const auto& finding : findings)
        if (finding.error) return finding.error->status;
    return Status::ok;
}

bool Diagnosis::holds(const Error& error) const noexcept {
    for (const auto& finding : findings)
        if (finding.error && finding.error->message == error.message &&
            (finding.error->leg == error.leg || finding.error->leg == "client" ||
             error.leg == "client"))
            return true;
    return false;
}

Diagnosis diagnose(const Options& options, const std::string& server_url, const Probe& probe,
                   const Bounds& bounds) {
    return host::Examination(options, server_url, probe, bounds).run();
}

}  // namespace mcp_auth
