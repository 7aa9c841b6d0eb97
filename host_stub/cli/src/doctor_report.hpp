// A diagnosis for a person, and for a script.
#pragma once

#include "terminal.hpp"

#include <mcp_auth/host/audit.hpp>
#include <mcp_auth/host/diagnosis.hpp>

#include <string>
#include <vector>

namespace mcp_auth::cli {

// The legs of an acquisition that was made after it (--acquire), as --trace shows them.
using Legs = std::vector<AuditEvent>;

std::string diagnosis_as_text(const Diagnosis& diagnosis, const Legs& legs,
                              const Terminal& terminal);
std::string diagnosis_as_json(const Diagnosis& diagnosis, const Legs& legs,
                              const std::string& server_url);

}  // namespace mcp_auth::cli
