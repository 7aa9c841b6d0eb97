// From what the validator says was violated to a sentence for the person who wrote the document.
#pragma once

#include <mcp_auth/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

// One violation as the validator has it: the keys and indexes that lead to the value, and its
// own words for the constraint.
struct SchemaViolation {
    std::vector<std::string> path;
    std::string constraint;
};

struct SchemaFault {
    std::string pointer;  // RFC 6901
    std::string text;     // what was expected there
};

// Picks the most specific violation (the deepest value; the validator reports each enclosing one
// as well) and says what `schema` wants there, in the words of its "description".
SchemaFault explain(const json::Value& schema, const std::vector<SchemaViolation>& violations);

}  // namespace mcp_auth::host
