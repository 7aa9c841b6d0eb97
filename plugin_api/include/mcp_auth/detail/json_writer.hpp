// mcp_auth/detail/json_writer.hpp - the writer behind json::Value::dump. Included by json_impl.hpp.
#pragma once

#include <mcp_auth/detail/utf8.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/secret.hpp>

namespace mcp_auth::detail {

class JsonWriter {
public:
    explicit JsonWriter(int indent) : indent_(indent > 0 ? static_cast<std::size_t>(indent) : 0) {}

    void write(const json::Value& value, std::size_t level = 0) {
        switch (value.type()) {
        case json::Value::Type::null: put("null"); break;
        case json::Value::Type::boolean: put(*value.as_bool() ? "true" : "false"); break;
        case json::Value::Type::number: put(value.number_text()); break;
        case json::Value::Type::string: quote(*value.as_string()); break;
        case json::Value::Type::array:
            list('[', ']', value.items(), level,
                 [&](const json::Value& item) { write(item, level + 1); });
            break;
        case json::Value::Type::object:
            list('{', '}', value.members(), level, [&](const json::Member& member) {
                quote(member.name);
                put(indent_ > 0 ? ": " : ":");
                write(member.value, level + 1);
            });
            break;
        }
    }

    std::string text;

private:
    // Grows without leaving a copy behind (L5): a kept token is written this way.
    void put(std::string_view more) { append_wiping(text, more); }
    void put(char c) {
        reserve_wiping(text, 1);
        text += c;
    }

    template <class List, class Write>
    void list(char open, char close, const List& list, std::size_t level, Write write_one) {
        put(open);
        bool first = true;
        for (const auto& item : list) {
            if (!first) put(',');
            first = false;
            line(level + 1);
            write_one(item);
        }
        if (!first) line(level);
        put(close);
    }

    void line(std::size_t level) {
        if (indent_ == 0) return;
        put('\n');
        reserve_wiping(text, level * indent_);
        text.append(level * indent_, ' ');
    }

    // What comes out is always well-formed: a byte that is not UTF-8 becomes U+FFFD.
    void quote(std::string_view value) {
        static constexpr char hex[] = "0123456789abcdef";
        put('"');
        while (!value.empty()) {
            if (const auto run = json_plain_length(value); run != 0) {
                put(value.substr(0, run));
                value.remove_prefix(run);
                continue;
            }
            const auto byte = static_cast<unsigned char>(value.front());
            std::size_t length = utf8_length(value);
            if (byte == '"' || byte == '\\') {
                put('\\');
                put(value.front());
            } else if (byte == '\n' || byte == '\r' || byte == '\t') {
                put(byte == '\n' ? "\\n" : byte == '\r' ? "\\r" : "\\t");
            } else if (byte < 0x20) {
                put("\\u00");
                put(hex[byte >> 4]);
                put(hex[byte & 15]);
            } else if (length == 0) {
                put("\xEF\xBF\xBD");
                length = 1;
            } else {
                put(value.substr(0, length));
            }
            value.remove_prefix(length);
        }
        put('"');
    }

    std::size_t indent_;
};

}  // namespace mcp_auth::detail
