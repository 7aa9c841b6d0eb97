// Whether a JSON Schema's references end.
#pragma once

#include <mcp_auth/json.hpp>

namespace mcp_auth::host {

// False where applying it would not end, or only the stack would end it: a schema that is its own
// for the same value ({"$ref": "#"}, or by way of allOf and the like), or references one behind the
// other beyond what anybody writes. A tree, where a value's part has the schema of the whole, is
// fine.
bool references_end(const json::Value& schema);

}  // namespace mcp_auth::host
