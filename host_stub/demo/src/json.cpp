#include "json.hpp"

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <sstream>

namespace mcp_auth::demo {

Object::Ptr parse_object(std::string_view text) {
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(32);
        const Poco::Dynamic::Var value = parser.parse(std::string(text));
        return value.type() == typeid(Object::Ptr) ? value.extract<Object::Ptr>() : nullptr;
    } catch (const Poco::Exception&) {
        return nullptr;
    }
}

std::string to_text(const Object& object, unsigned indent) {
    std::ostringstream out;
    object.stringify(out, indent, indent == 0 ? -1 : static_cast<int>(indent));
    return out.str();
}

std::optional<std::string> string_member(const Object& object, const std::string& name) {
    const Poco::Dynamic::Var value = object.get(name);
    if (value.isEmpty() || !value.isString()) return std::nullopt;
    return value.convert<std::string>();
}

std::optional<std::int64_t> integer_member(const Object& object, const std::string& name) {
    const Poco::Dynamic::Var value = object.get(name);
    if (value.isEmpty() || !value.isInteger() || value.isBoolean()) return std::nullopt;
    try {
        return value.convert<Poco::Int64>();
    } catch (const Poco::Exception&) {
        return std::nullopt;  // does not fit
    }
}

Object::Ptr object_member(const Object& object, const std::string& name) {
    const Poco::Dynamic::Var value = object.get(name);
    if (value.isEmpty() || value.type() != typeid(Object::Ptr)) return nullptr;
    return value.extract<Object::Ptr>();
}

Array::Ptr array_of(const std::vector<std::string>& texts) {
    Array::Ptr array = new Array;
    for (const std::string& text : texts) array->add(text);
    return array;
}

Object::Ptr new_object() {
    return new Object(Poco::JSON_PRESERVE_KEY_ORDER);
}

std::vector<std::string> split_scope(std::string_view text) {
    std::vector<std::string> scopes;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;)
        if (std::find(scopes.begin(), scopes.end(), word) == scopes.end()) scopes.push_back(word);
    return scopes;
}

std::string join_scope(const std::vector<std::string>& scopes) {
    std::string text;
    for (const std::string& scope : scopes) text += (text.empty() ? "" : " ") + scope;
    return text;
}

std::vector<std::string> intersect(const std::vector<std::string>& asked,
                                   const std::vector<std::string>& allowed) {
    std::vector<std::string> both;
    for (const std::string& scope : asked)
        if (std::find(allowed.begin(), allowed.end(), scope) != allowed.end())
            both.push_back(scope);
    return both;
}

}  // namespace mcp_auth::demo
