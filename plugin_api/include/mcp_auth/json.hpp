// mcp_auth/json.hpp - the one JSON reader and writer of kit and host (RFC 8259), with limits (L3).
//
//     Result<json::Value> body = json::parse(text, json::Limits{64 * 1024, 32});
//     if (!body) return body.error();                     // Status::protocol; says where and what
//     if (const json::Value* error = body->find("error")) ...
//     std::string_view issuer = body->string("issuer");   // empty when absent or not a string
//
//     json::Value request = json::Value::object();
//     request.set("jsonrpc", "2.0").set("id", 1);
//     std::string wire = request.dump();
//
// Strict: UTF-8 only, no duplicate member names, no trailing text, no BOM, depth limited. Numbers
// keep the text they came with, so nothing is rounded on the way through. Members keep their
// order. Nothing throws. An error never quotes a string value of the input (it may be a secret).
#pragma once

#include <mcp_auth/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace mcp_auth::detail {
class JsonParser;
}

namespace mcp_auth::json {

struct Limits {
    std::size_t max_bytes =
        256 * 1024;              // of the text (L3: metadata 256 KiB, token response 64 KiB)
    std::size_t max_depth = 32;  // of nested arrays and objects (L3); never over 256
};

class Value;
struct Member;

class Value {
public:
    enum class Type { null, boolean, number, string, array, object };

    Value() noexcept;  // null
    Value(std::nullptr_t) noexcept;
    // bool alone: a pointer that turned into `true` would hide a bug.
    template <class Bool, std::enable_if_t<std::is_same_v<Bool, bool>, int> = 0>
    Value(Bool value) : type_(Type::boolean), bool_(value) {}
    Value(int value);
    Value(std::int64_t value);
    Value(const char* text);  // null pointer: null
    Value(std::string_view text);
    Value(std::string text);
    Value(const Value& other);
    Value(Value&& other) noexcept;
    Value& operator=(const Value& other);
    Value& operator=(Value&& other) noexcept;
    ~Value();  // wipes a string's bytes (L5)
    static Value array();
    static Value object();
    static Value number(std::string text);  // kept as it is; null if it is not a JSON number

    Type type() const noexcept { return type_; }
    bool is_null() const noexcept { return type_ == Type::null; }
    bool is_bool() const noexcept { return type_ == Type::boolean; }
    bool is_number() const noexcept { return type_ == Type::number; }
    bool is_string() const noexcept { return type_ == Type::string; }
    bool is_array() const noexcept { return type_ == Type::array; }
    bool is_object() const noexcept { return type_ == Type::object; }

    // The value if it is of that type, else nothing. An integer is a number without fraction that
    // fits in 64 bits, "1e3" and "1.0" included.
    std::optional<bool> as_bool() const noexcept;
    std::optional<std::int64_t> as_integer() const;
    std::optional<double> as_double() const;
    const std::string* as_string() const noexcept;  // null if not a string
    const std::string& number_text() const noexcept { return text_; }

    // Of an array: its items. Empty for any other type.
    const std::vector<Value>& items() const noexcept { return items_; }
    // Of an object: its members in order. Empty for any other type.
    const std::vector<Member>& members() const noexcept { return members_; }

    // A member by name; null if absent or if this is not an object. Linear in the members.
    const Value* find(std::string_view name) const noexcept;
    Value* find(std::string_view name) noexcept;
    // A member that is a string; empty if absent or of another type. Use find() to tell apart.
    std::string_view string(std::string_view name) const noexcept;
    // A member that is an array of strings; nothing if absent or anything else.
    std::optional<std::vector<std::string>> strings(std::string_view name) const;

    // Of an object: sets or replaces a member. Of an array: appends. A null becomes what it needs
    // to be. Any other type is left alone. Return *this, to chain.
    Value& set(std::string name, Value value);
    Value& push(Value value);
    void erase(std::string_view name);

    // Compact text; `indent` > 0: that many spaces a level, for people. Always well-formed: bytes
    // of a string that are not UTF-8 come out as U+FFFD.
    std::string dump(int indent = 0) const;

    // By value: 1.0 is 1, and the order of members does not matter.
    friend bool operator==(const Value& a, const Value& b);
    friend bool operator!=(const Value& a, const Value& b) { return !(a == b); }

private:
    friend class mcp_auth::detail::JsonParser;

    Type type_ = Type::null;
    bool bool_ = false;
    std::string text_;  // of a string: its value; of a number: its text
    std::vector<Value> items_;
    std::vector<Member> members_;
};

struct Member {
    std::string name;
    Value value;
};

// Errors: Status::protocol, with line, column, byte offset and what was expected there. The caller
// names the leg, and changes the status where another fits (a manifest: misconfigured).
Result<Value> parse(std::string_view text, const Limits& limits = {});

}  // namespace mcp_auth::json

#include <mcp_auth/json_impl.hpp>
