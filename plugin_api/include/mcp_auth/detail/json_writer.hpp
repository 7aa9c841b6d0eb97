// mcp_auth/detail/json_writer.hpp - the writer behind json::Value::dump. Included by json_impl.hpp.
#pragma once

#include <mcp_auth/detail/utf8.hpp>
#include <mcp_auth/json.hpp>

namespace mcp_auth::detail {

class JsonWriter {
public:
    explicit JsonWriter(int indent) : indent_(indent > 0 ? static_cast<std::size_t>(indent) : 0) {}

    void write(const json::Value& value, std::size_t level = 0) {
        switch (value.type()) {
        case json::Value::Type::null: text += "null"; break;
        case json::Value::Type::boolean: text += *value.as_bool() ? "true" : "false"; break;
        case json::Value::Type::number: text += value.number_text(); break;
        case json::Value::Type::string: quote(*value.as_string()); break;
        case json::Value::Type::array:
            list('[', ']', value.items(), level,
                 [&](const json::Value& item) { write(item, level + 1); });
            break;
        case json::Value::Type::object:
            list('{', '}', value.members(), level, [&](const json::Member& member) {
                quote(member.name);
                text += indent_ > 0 ? ": " : ":";
                write(member.value, level + 1);
            });
            break;
        }
    }

    std::string text;

private:
    template <class List, class Write>
    void list(char open, char close, const List& list, std::size_t level, Write write_one) {
        text += open;
        bool first = true;
        for (const auto& item : list) {
            if (!first) text += ',';
            first = false;
            line(level + 1);
            write_one(item);
        }
        if (!first) line(level);
        text += close;
    }

    void line(std::size_t level) {
        if (indent_ == 0) return;
        text += '\n';
        text.append(level * indent_, ' ');
    }

    // What comes out is always well-formed: a byte that is not UTF-8 becomes U+FFFD.
    void quote(std::string_view value) {
        static constexpr char hex[] = "0123456789abcdef";
        text += '"';
        while (!value.empty()) {
            if (const auto run = json_plain_length(value); run != 0) {
                text += value.substr(0, run);
                value.remove_prefix(run);
                continue;
            }
            const auto byte = static_cast<unsigned char>(value.front());
            std::size_t length = utf8_length(value);
            if (byte == '"' || byte == '\\') {
                text += '\\';
                text += value.front();
            } else if (byte == '\n' || byte == '\r' || byte == '\t') {
                text += byte == '\n' ? "\\n" : byte == '\r' ? "\\r" : "\\t";
            } else if (byte < 0x20) {
                text += "\\u00";
                text += hex[byte >> 4];
                text += hex[byte & 15];
            } else if (length == 0) {
                text += "\xEF\xBF\xBD";
                length = 1;
            } else {
                text += value.substr(0, length);
            }
            value.remove_prefix(length);
        }
        text += '"';
    }

    std::size_t indent_;
};

}  // namespace mcp_auth::detail
