// The inline half of json.hpp; include that.
#pragma once

#include <mcp_auth/detail/json_number.hpp>
#include <mcp_auth/detail/json_parser.hpp>
#include <mcp_auth/detail/json_writer.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/secret.hpp>

#include <algorithm>
#include <locale>
#include <sstream>

namespace mcp_auth::json {

inline Value::Value() noexcept = default;
inline Value::Value(std::nullptr_t) noexcept {}
inline Value::Value(int value) : Value(static_cast<std::int64_t>(value)) {}
inline Value::Value(std::int64_t value) : type_(Type::number), text_(std::to_string(value)) {}
inline Value::Value(const char* text) {
    if (text) *this = Value(std::string(text));
}
inline Value::Value(std::string_view text) : Value(std::string(text)) {}
inline Value::Value(std::string text) : type_(Type::string), text_(std::move(text)) {
    wipe(text);  // a short one was copied, not moved
}
inline Value::Value(const Value&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(const Value& other) {
    return *this = Value(other);
}
inline Value& Value::operator=(Value&& other) noexcept {
    if (this == &other) return *this;
    if (type_ == Type::string) wipe(text_);  // before the library keeps it for something else
    type_ = other.type_;
    bool_ = other.bool_;
    text_ = std::move(other.text_);
    items_ = std::move(other.items_);
    members_ = std::move(other.members_);
    return *this;
}
inline Value::~Value() {
    if (type_ == Type::string) wipe(text_);
}

inline Value Value::array() {
    Value value;
    value.type_ = Type::array;
    return value;
}

inline Value Value::object() {
    Value value;
    value.type_ = Type::object;
    return value;
}

inline Value Value::number(std::string text) {
    Value value;
    if (text.empty() || detail::json_number_length(text) != text.size()) return value;
    value.type_ = Type::number;
    value.text_ = std::move(text);
    return value;
}

inline std::optional<bool> Value::as_bool() const noexcept {
    if (type_ != Type::boolean) return std::nullopt;
    return bool_;
}

inline std::optional<std::int64_t> Value::as_integer() const {
    if (type_ != Type::number) return std::nullopt;
    return detail::json_integer(text_);
}

inline std::optional<double> Value::as_double() const {
    if (type_ != Type::number) return std::nullopt;
    std::istringstream stream(text_);  // strtod would follow the process's locale
    stream.imbue(std::locale::classic());
    double value = 0;
    stream >> value;
    if (stream.fail()) return std::nullopt;
    return value;
}

inline const std::string* Value::as_string() const noexcept {
    return type_ == Type::string ? &text_ : nullptr;
}

inline const Value* Value::find(std::string_view name) const noexcept {
    for (const Member& member : members_)
        if (member.name == name) return &member.value;
    return nullptr;
}

inline Value* Value::find(std::string_view name) noexcept {
    return const_cast<Value*>(static_cast<const Value*>(this)->find(name));
}

inline std::string_view Value::string(std::string_view name) const noexcept {
    const Value* value = find(name);
    return value && value->is_string() ? std::string_view(value->text_) : std::string_view();
}

inline std::optional<std::vector<std::string>> Value::strings(std::string_view name) const {
    const Value* value = find(name);
    if (!value || !value->is_array()) return std::nullopt;
    std::vector<std::string> all;
    all.reserve(value->items_.size());
    for (const Value& item : value->items_) {
        if (!item.is_string()) return std::nullopt;
        all.push_back(item.text_);
    }
    return all;
}

inline Value& Value::set(std::string name, Value value) {
    if (type_ == Type::null) type_ = Type::object;
    if (type_ != Type::object) return *this;
    if (Value* present = find(name))
        *present = std::move(value);
    else
        members_.push_back({std::move(name), std::move(value)});
    return *this;
}

inline Value& Value::push(Value value) {
    if (type_ == Type::null) type_ = Type::array;
    if (type_ == Type::array) items_.push_back(std::move(value));
    return *this;
}

inline void Value::erase(std::string_view name) {
    members_.erase(std::remove_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.name == name; }),
                   members_.end());
}

inline std::string Value::dump(int indent) const {
    detail::JsonWriter writer(indent);
    writer.write(*this);
    return std::move(writer.text);
}

inline bool operator==(const Value& a, const Value& b) {
    if (a.type_ != b.type_) return false;
    switch (a.type_) {
    case Value::Type::null: return true;
    case Value::Type::boolean: return a.bool_ == b.bool_;
    case Value::Type::string: return a.text_ == b.text_;
    case Value::Type::number:
        if (a.text_ == b.text_) return true;
        if (a.as_integer() || b.as_integer()) return a.as_integer() == b.as_integer();
        return a.as_double() && a.as_double() == b.as_double();
    case Value::Type::array: return a.items_ == b.items_;
    case Value::Type::object: break;
    }
    if (a.members_.size() != b.members_.size()) return false;
    const auto sorted = [](const Value& value) {
        std::vector<const Member*> all;
        for (const Member& member : value.members_) all.push_back(&member);
        std::sort(all.begin(), all.end(),
                  [](const Member* x, const Member* y) { return x->name < y->name; });
        return all;
    };
    const auto left = sorted(a), right = sorted(b);
    return std::equal(left.begin(), left.end(), right.begin(),
                      [](const Member* x, const Member* y) {
                          return x->name == y->name && x->value == y->value;
                      });
}

inline Result<Value> parse(std::string_view text, const Limits& limits) {
    return detail::JsonParser(text, limits).run();
}

}  // namespace mcp_auth::json
