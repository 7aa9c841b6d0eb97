// The one JSON reader of kit and host.
#include <mcp_auth/json.hpp>

#include "promise.hpp"
#include "targets.hpp"

#include <mcp_auth/claims.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace mcp_auth::fuzz {
namespace {

std::size_t depth_of(const json::Value& value) {
    std::size_t deepest = 0;
    for (const json::Value& item : value.items()) deepest = std::max(deepest, depth_of(item));
    for (const json::Member& member : value.members())
        deepest = std::max(deepest, depth_of(member.value));
    return value.is_array() || value.is_object() ? deepest + 1 : 0;
}

void look_at(const json::Value& value) {
    if (value.is_number()) {
        const auto whole = value.as_integer();
        const auto real = value.as_double();
        must(!whole || json::Value(*whole) == value, "an integer is the number that was read");
        must(!whole || !real || static_cast<double>(*whole) == *real,
             "an integer and a double of one number are equal");
        static_cast<void>(plugin::numeric_date(&value));
    }
    must(is_for_a_log(plugin::shown(&value)), "what is shown has no control characters");
    std::set<std::string_view> names;
    for (const json::Member& member : value.members()) {
        must(names.insert(member.name).second, "no name is there twice");
        must(value.find(member.name) == &member.value, "a member is found by its name");
        look_at(member.value);
    }
    for (const json::Value& item : value.items()) look_at(item);
}

}  // namespace

void json(std::string_view bytes) {
    const auto value = mcp_auth::json::parse(bytes);
    if (!value) {
        must_be_for_a_log(value.error());
        // The canary comes where the fault is already past, or in the text that was not ended.
        return must_be_for_a_log_or_good(mcp_auth::json::parse(std::string(bytes).append(canary)));
    }
    look_at(*value);
    must(depth_of(*value) <= 32, "no document is deeper than the limit");
    for (const int indent : {0, 2}) {
        const std::string written = value->dump(indent);
        const auto again = mcp_auth::json::parse(written, {written.size(), 32});
        must(again && *again == *value, "what was read is written and read again");
        must(again->dump(indent) == written, "what is written stays as it is");
    }
    must(!mcp_auth::json::parse(bytes, {bytes.size() - 1, 32}), "the limit of bytes holds");
}

}  // namespace mcp_auth::fuzz
