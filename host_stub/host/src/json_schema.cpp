// The only translation unit that sees valijson: it is header-only and slow to compile.
#include "json_schema.hpp"

#include "json_schema_fault.hpp"
#include "json_schema_references.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

// Without it a faulty schema would end the process.
#define VALIJSON_USE_EXCEPTIONS 1
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#include <valijson/adapters/poco_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

#include <exception>
#include <utility>

namespace mcp_auth::host {
namespace {

// std::regex matches by recursion, a few frames a character: a long string would run out of stack.
constexpr std::size_t longest_matched_string = 4096;
constexpr std::size_t longest_pattern = 1024;

Poco::Dynamic::Var to_poco(const json::Value& value) {
    switch (value.type()) {
    case json::Value::Type::null: return {};
    case json::Value::Type::boolean: return *value.as_bool();
    case json::Value::Type::number:
        if (const auto integer = value.as_integer()) return Poco::Int64{*integer};
        return value.as_double().value_or(0.0);
    case json::Value::Type::string: return *value.as_string();
    case json::Value::Type::array: {
        Poco::JSON::Array::Ptr array(new Poco::JSON::Array);
        for (const json::Value& item : value.items()) array->add(to_poco(item));
        return array;
    }
    case json::Value::Type::object: {
        Poco::JSON::Object::Ptr object(new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER));
        for (const json::Member& member : value.members())
            object->set(member.name, to_poco(member.value));
        return object;
    }
    }
    return {};
}

bool has_key(const json::Value& value, std::string_view key) {
    for (const json::Value& item : value.items())
        if (has_key(item, key)) return true;
    for (const json::Member& member : value.members())
        if (member.name == key || has_key(member.value, key)) return true;
    return false;
}

// They are compiled by recursion, too.
bool has_long_pattern(const json::Value& schema) {
    const auto is_long = [](const std::string& text) { return text.size() > longest_pattern; };
    for (const json::Value& item : schema.items())
        if (has_long_pattern(item)) return true;
    for (const auto& [name, value] : schema.members()) {
        if (name == "pattern" && value.is_string() && is_long(*value.as_string())) return true;
        if (name == "patternProperties")
            for (const json::Member& member : value.members())
                if (is_long(member.name)) return true;
        if (has_long_pattern(value)) return true;
    }
    return false;
}

// The pointer of a string that is too long to be matched against a pattern.
bool find_long_string(const json::Value& value, std::string& pointer) {
    if (value.as_string()) return value.as_string()->size() > longest_matched_string;
    const std::size_t mark = pointer.size();
    std::size_t index = 0;
    for (const json::Value& item : value.items()) {
        pointer += pointer_step(std::to_string(index++));
        if (find_long_string(item, pointer)) return true;
        pointer.resize(mark);
    }
    for (const json::Member& member : value.members()) {
        pointer += pointer_step(member.name);
        if (find_long_string(member.value, pointer)) return true;
        pointer.resize(mark);
    }
    return false;
}

Error misconfigured(std::string message) {
    return {Status::misconfigured, "configuration", std::move(message)};
}

// The validator writes a path as "<root>", "[key]", "[0]".
std::vector<std::string> path_of(const std::vector<std::string>& context) {
    std::vector<std::string> path;
    for (std::size_t i = 1; i < context.size(); ++i)
        path.push_back(context[i].size() >= 2 ? context[i].substr(1, context[i].size() - 2)
                                              : context[i]);
    return path;
}

}  // namespace

struct JsonSchema::Compiled {
    std::string origin;
    json::Value text;       // for explanations
    bool patterns = false;  // some string is matched against a regular expression
    valijson::Schema schema;
};

Result<JsonSchema> JsonSchema::parse(std::string_view text, std::string_view origin) {
    auto value = json::parse(text);
    if (!value)
        return misconfigured(std::string(origin) + ": not a JSON Schema: " + value.error().message);
    if (!value->is_object())
        return misconfigured(std::string(origin) + ": a JSON Schema must be an object");
    // The stack would be gone before the compiler, or the check, noticed.
    if (!references_end(*value))
        return misconfigured(std::string(origin) +
                             ": not a JSON Schema that can be applied: its \"$ref\" refer to each "
                             "other without end");
    if (has_long_pattern(*value))
        return misconfigured(std::string(origin) +
                             ": not a JSON Schema that can be applied: it has "
                             "a pattern of more than " +
                             std::to_string(longest_pattern) + " characters");
    auto compiled = std::make_shared<Compiled>();
    compiled->origin = origin;
    compiled->patterns = has_key(*value, "pattern");
    try {
        const Poco::Dynamic::Var poco = to_poco(*value);
        const valijson::adapters::PocoJsonAdapter adapter(poco);
        // References to other documents are not fetched: without a loader they are an error.
        valijson::SchemaParser().populateSchema(adapter, compiled->schema);
    } catch (const std::exception& e) {
        return misconfigured(std::string(origin) + ": not a JSON Schema: " + e.what());
    }
    compiled->text = std::move(*value);
    JsonSchema schema;
    schema.compiled_ = std::move(compiled);
    return schema;
}

Result<void> JsonSchema::check(const json::Value& document, std::string_view document_name,
                               std::string_view pointer_prefix) const {
    std::string pointer(pointer_prefix);
    if (compiled_->patterns && find_long_string(document, pointer))
        return misconfigured(complaint(
            document_name, pointer,
            "expected a string of at most " + std::to_string(longest_matched_string) + " bytes"));
    valijson::ValidationResults results;
    try {
        const valijson::adapters::PocoJsonAdapter adapter(to_poco(document));
        valijson::Validator validator;  // its own: it caches regular expressions, unlocked
        if (validator.validate(compiled_->schema, adapter, &results)) return {};
    } catch (const std::exception& e) {
        // A faulty regular expression shows only when it is used.
        return misconfigured(compiled_->origin +
                             ": the JSON Schema cannot be applied: " + e.what());
    }
    std::vector<SchemaViolation> violations;
    for (const valijson::ValidationResults::Error& error : results)
        violations.push_back({path_of(error.context), error.description});
    const SchemaFault fault = explain(compiled_->text, violations);
    return misconfigured(
        complaint(document_name, std::string(pointer_prefix) + fault.pointer, fault.text));
}

}  // namespace mcp_auth::host
