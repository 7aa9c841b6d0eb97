// One valid document and exactly one fault: a copy of a document with one place changed.
//
//     edited(document, "/connections/0/issuer", std::nullopt)           // left out
//     edited(document, "/connections/-", json::Value::object())         // appended
#pragma once

#include <mcp_auth/json.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host::testing {

inline json::Value parsed(std::string_view text) {
    auto value = json::parse(text);
    if (!value) ADD_FAILURE() << value.error().message << " in " << text;
    return value ? *value : json::Value();
}

inline json::Value edited(const json::Value& document, std::string_view pointer,
                          const std::optional<json::Value>& replacement) {
    if (pointer.empty()) return replacement.value_or(json::Value());
    pointer.remove_prefix(1);
    const std::string step(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(step.size());
    const json::Value nothing;
    if (document.is_array()) {
        json::Value out = json::Value::array();
        for (std::size_t i = 0; i < document.items().size(); ++i) {
            const json::Value& item = document.items()[i];
            if (std::to_string(i) != step)
                out.push(item);
            else if (!pointer.empty() || replacement)
                out.push(edited(item, pointer, replacement));
        }
        if (step == "-") out.push(edited(nothing, pointer, replacement));
        return out;
    }
    json::Value out = document.is_object() ? document : json::Value::object();
    if (pointer.empty() && !replacement) {
        out.erase(step);
        return out;
    }
    const json::Value* member = document.find(step);
    out.set(step, edited(member ? *member : nothing, pointer, replacement));
    return out;
}

}  // namespace mcp_auth::host::testing
