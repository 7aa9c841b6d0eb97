// What no output may hold (protocol.md L4).
#pragma once

#include <mcp_auth/demo/enterprise.hpp>

#include <string>

namespace mcp_auth::integration {

// Fails the test if `text` holds a secret of the enterprise, any useful part of one, or the word
// "canary", which tests put into what is secret besides. `where` says what was searched.
void expect_no_secret(const demo::Enterprise& enterprise, const std::string& text,
                      const char* where);

}  // namespace mcp_auth::integration
