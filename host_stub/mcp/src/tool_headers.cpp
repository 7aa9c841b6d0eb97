#include "tool_headers.hpp"

#include "wire.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace mcp_auth::mcp {
namespace {

constexpr std::string_view annotation = "x-mcp-header";
constexpr std::int64_t max_safe_integer = (std::int64_t{1} << 53) - 1;

Error bad_annotation(std::string what) {
    return {Status::protocol, "mcp", std::move(what)};
}

// RFC 9110 5.6.2. Anything else would let a server write header lines of its own.
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool primitive_name(const json::Value& type) {
    const std::string* name = type.as_string();
    return name && (*name == "string" || *name == "integer" || *name == "boolean");
}

// string, integer or boolean; an optional one may allow null beside it.
bool is_primitive(const json::Value& schema) {
    const json::Value* type = schema.find("type");
    if (!type) return false;
    if (!type->is_array()) return primitive_name(*type);
    std::size_t others = 0;
    for (const json::Value& one : type->items()) {
        if (primitive_name(one))
            ++others;
        else if (!one.as_string() || *one.as_string() != "null")
            return false;
    }
    return others == 1;
}

// Keywords whose values are instances, not schemas.
bool holds_instances(std::string_view keyword) {
    return keyword == "const" || keyword == "enum" || keyword == "default" || keyword == "examples";
}

// An annotation is a string; under "properties" the same name may be a property's.
bool annotated_anywhere(const json::Value& value) {
    for (const json::Value& item : value.items())
        if (annotated_anywhere(item)) return true;
    for (const json::Member& member : value.members()) {
        if (member.name == annotation && member.value.is_string()) return true;
        if (!holds_instances(member.name) && annotated_anywhere(member.value)) return true;
    }
    return false;
}

class Walk {
public:
    std::optional<Error> schema(const json::Value& node, const std::vector<std::string>& path) {
        for (const json::Member& member : node.members()) {
            if (member.name == annotation) continue;  // property() looked at it
            if (member.name == "properties") {
                for (const json::Member& one : member.value.members())
                    if (auto error = property(one, path)) return error;
            } else if (!holds_instances(member.name) && annotated_anywhere(member.value)) {
                return bad_annotation("x-mcp-header where no chain of \"properties\" leads to it");
            }
        }
        return std::nullopt;
    }

    std::vector<MirroredArgument> take() { return std::move(found_); }

private:
    std::optional<Error> property(const json::Member& one, std::vector<std::string> path) {
        path.push_back(one.name);
        if (const json::Value* mark = one.value.find(annotation)) {
            if (!mark->is_string() || !is_token(*mark->as_string()))
                return bad_annotation("x-mcp-header is not a header name");
            if (!is_primitive(one.value))
                return bad_annotation(
                    "x-mcp-header on a parameter that is no string, integer or boolean");
            std::string header = "Mcp-Param-" + *mark->as_string();
            for (const MirroredArgument& other : found_)
                if (lower(other.header) == lower(header))
                    return bad_annotation("two parameters have the same x-mcp-header");
            found_.push_back({path, std::move(header)});
        }
        return schema(one.value, path);
    }

    std::vector<MirroredArgument> found_;
};

}  // namespace

Result<std::vector<MirroredArgument>> mirrored_arguments(const json::Value& input_schema) {
    if (input_schema.find(annotation)) return bad_annotation("x-mcp-header on no parameter");
    Walk walk;
    if (auto error = walk.schema(input_schema, {})) return std::move(*error);
    return walk.take();
}

Result<Headers> argument_headers(const std::vector<MirroredArgument>& mirrored,
                                 const json::Value& arguments) {
    Headers headers;
    for (const MirroredArgument& one : mirrored) {
        const json::Value* value = &arguments;
        for (const std::string& name : one.path) value = value ? value->find(name) : nullptr;
        if (!value || value->is_null()) continue;
        if (const std::string* text = value->as_string()) {
            headers.emplace_back(one.header, header_value(*text));
        } else if (const auto boolean = value->as_bool()) {
            headers.emplace_back(one.header, *boolean ? "true" : "false");
        } else if (const auto number = value->as_integer();
                   number && *number <= max_safe_integer && *number >= -max_safe_integer) {
            headers.emplace_back(one.header, std::to_string(*number));
        } else {
            return Error(Status::invalid_argument, "mcp",
                         "the argument \"" + one.path.back() +
                             "\" goes into a header too, so it must be a string, a boolean or an "
                             "integer of at most 53 bits");
        }
    }
    return headers;
}

}  // namespace mcp_auth::mcp
