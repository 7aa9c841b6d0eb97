// Poco's JSON, with the few questions the demo servers ask of it. Types are never converted: a
// number is not a string here, so that a wrong type on the wire is noticed.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::demo {

using Poco::JSON::Array;
using Poco::JSON::Object;

// Null when the text is not one JSON object.
Object::Ptr parse_object(std::string_view text);
std::string to_text(const Object& object, unsigned indent = 0);

// A member of that very type, or nothing.
std::optional<std::string> string_member(const Object& object, const std::string& name);
std::optional<std::int64_t> integer_member(const Object& object, const std::string& name);
Object::Ptr object_member(const Object& object, const std::string& name);

Array::Ptr array_of(const std::vector<std::string>& texts);
Object::Ptr new_object();  // keeps its members in order

// OAuth scopes: space separated, in order, without duplicates (RFC 6749 3.3).
std::vector<std::string> split_scope(std::string_view text);
std::string join_scope(const std::vector<std::string>& scopes);
// Those of `asked` that are in `allowed`, in the order asked.
std::vector<std::string> intersect(const std::vector<std::string>& asked,
                                   const std::vector<std::string>& allowed);

}  // namespace mcp_auth::demo
