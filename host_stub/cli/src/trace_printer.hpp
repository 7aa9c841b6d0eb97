// --trace: each leg to stderr as it happens.
#pragma once

#include "terminal.hpp"

#include <mcp_auth/host/audit.hpp>

namespace mcp_auth::cli {

class TracePrinter final : public AuditSink {
public:
    explicit TracePrinter(const Terminal& terminal) : terminal_(terminal) {}
    void record(const AuditEvent& event) noexcept override;

private:
    Terminal terminal_;
};

}  // namespace mcp_auth::cli
