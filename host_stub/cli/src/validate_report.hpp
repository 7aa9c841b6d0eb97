// What `mcp-auth validate` writes.
#pragma once

#include "terminal.hpp"

#include "validation.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mcp_auth::cli {

// One line: "PASS  loads-fast", or with the reason, the obligation and the time.
std::string line_of(const validate::TestResult& result, const Terminal& terminal);
// "57 passed, 1 failed, 2 skipped; seed 7"
std::string summary_of(const std::vector<validate::TestResult>& results, std::uint64_t seed);
std::string validation_as_json(const std::vector<validate::TestResult>& results,
                               const validate::SpecimenName& name, std::uint64_t seed);

std::string list_as_text(const std::vector<const validate::Test*>& tests, const Terminal& terminal);
std::string list_as_json(const std::vector<const validate::Test*>& tests);

}  // namespace mcp_auth::cli
