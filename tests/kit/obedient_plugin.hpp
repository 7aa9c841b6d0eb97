// A plugin written with the kit that does what its settings say, good or bad.
#pragma once

#include <mcp_auth/abi.h>

inline constexpr const char* canary = "CANARY-in-an-exception";

extern "C" const mcp_auth_plugin* token_only_entry(void);  // the same class, one role fewer
extern "C" const mcp_auth_plugin* idle_entry(void);        // overrides nothing
