// Faults of the answer itself: too long, wrongly measured, wrongly cut in chunks, or another one.
#pragma once

#include "wire_fault.hpp"

namespace mcp_auth::wire {

// Other bytes in place of the whole answer, and then the end of the connection.
WireFault instead(const char* name, std::function<std::string(const Exchange&)> bytes,
                  Statuses statuses);

void add_spoilt_answers(std::vector<WireFault>& all);

}  // namespace mcp_auth::wire
