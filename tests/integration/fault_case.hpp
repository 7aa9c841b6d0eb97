// One row of the fault table set up for a run of the command, and what holds after every one.
#pragma once

#include "command.hpp"
#include "fault.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::integration {

struct FaultCase {
    std::unique_ptr<Enterprise> enterprise;
    std::string configuration;  // path
    std::string audit;          // path, for --audit

    // `mcp-auth ARGUMENTS... --config ... --audit ... --timeout 20`, with the plugins that
    // the table needs.
    Outcome run(std::vector<std::string> arguments) const;
    // POSTs to this server's token endpoint, so far.
    std::size_t token_requests(Server server) const;
};

// Fails the test and has no enterprise if it cannot.
FaultCase arranged(const Fault& fault);

// For INSTANTIATE_TEST_SUITE_P: every row, and how it is called.
std::vector<Fault> all_faults();

}  // namespace mcp_auth::integration
