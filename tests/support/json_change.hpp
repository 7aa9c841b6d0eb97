// One thing wrong with a valid JSON object.
#pragma once

#include <mcp_auth/json.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>

namespace mcp_auth::testing {

// `object` with one member set to something else, or taken away.
inline json::Value with(json::Value object, const std::string& name, json::Value value) {
    object.set(name, std::move(value));
    return object;
}
inline json::Value without(json::Value object, const std::string& name) {
    object.erase(name);
    return object;
}

// As the parameter of a test; its name is the test's.
struct Change {
    std::string name;
    std::string member;
    std::string value;  // JSON; empty: taken away

    json::Value in(const json::Value& object) const {
        if (value.empty()) return without(object, member);
        const auto parsed = json::parse(value);
        return with(object, member, parsed ? *parsed : json::Value("not JSON: " + value));
    }
};
inline std::string name_of(const ::testing::TestParamInfo<Change>& test) {
    return test.param.name;
}
inline void PrintTo(const Change& change, std::ostream* out) {
    *out << change.name;
}

}  // namespace mcp_auth::testing
