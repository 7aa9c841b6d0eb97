// mcp_auth/detail/json_parser.hpp - the reader behind json::parse. Included by json_impl.hpp.
//
// Recursive, one frame a level of nesting, and the level is bounded: a document cannot choose how
// much stack is used. No step is worse than n log n in the size of the text.
#pragma once

#include <mcp_auth/detail/json_number.hpp>
#include <mcp_auth/detail/utf8.hpp>
#include <mcp_auth/json.hpp>

#include <algorithm>

namespace mcp_auth::detail {

// What the parser fills in: the members of a json::Value, which befriends this class.
class JsonParser {
public:
    JsonParser(std::string_view text, const json::Limits& limits) : text_(text), limits_(limits) {}

    Result<json::Value> run() {
        json::Value value;
        if (text_.size() > limits_.max_bytes) {
            return Error(Status::protocol, "",
                         "JSON: longer than " + std::to_string(limits_.max_bytes) + " bytes");
        }
        if (text_.substr(0, 3) == "\xEF\xBB\xBF") {
            fail(0, "no byte order mark");
        } else if (read(value, 0)) {
            skip_space();
            if (at_ == text_.size()) return value;
            fail(at_, "nothing after the value");
        }
        return error();
    }

private:
    // Deeper than this no limit of a caller goes: it bounds the stack (a plugin has 256 KiB).
    static constexpr std::size_t deepest = 256;

    bool fail(std::size_t at, const char* expected) {
        if (!expected_) fault_at_ = at, expected_ = expected;
        return false;
    }
    // Where and what, never the text itself: it may hold a secret (L4).
    Error error() const {
        const std::string_view before = text_.substr(0, fault_at_);
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
        return Error(Status::protocol, "",
                     "JSON: line " + std::to_string(line) + ", column " +
                         std::to_string(fault_at_ - line_start + 1) + " (byte " +
                         std::to_string(fault_at_) + "): expected " + expected_);
    }

    bool more() const { return at_ < text_.size(); }
    bool next_is(char c) const { return more() && text_[at_] == c; }
    void skip_space() {
        while (more() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' ||
                          text_[at_] == '\r'))
            ++at_;
    }
    bool take(char c) {
        skip_space();
        if (!next_is(c)) return false;
        ++at_;
        return true;
    }

    bool read(json::Value& value, std::size_t depth) {
        skip_space();
        if (!more()) return fail(at_, "a value");
        switch (text_[at_]) {
        case '{': return object(value, depth + 1);
        case '[': return array(value, depth + 1);
        case '"': value.type_ = json::Value::Type::string; return string(value.text_);
        case 't': value = json::Value(true); return word("true");
        case 'f': value = json::Value(false); return word("false");
        case 'n': return word("null");
        default: return number(value);
        }
    }

    bool word(std::string_view expected) {
        if (text_.substr(at_, expected.size()) != expected) return fail(at_, "a value");
        at_ += expected.size();
        return true;
    }

    bool number(json::Value& value) {
        const std::size_t length = json_number_length(text_.substr(at_));
        if (length == 0) return fail(at_, "a value");
        value.type_ = json::Value::Type::number;
        value.text_ = std::string(text_.substr(at_, length));
        at_ += length;
        return true;
    }

    bool deeper(std::size_t depth) {
        return depth <= std::min(limits_.max_depth, deepest) ||
               fail(at_, "less nesting of arrays and objects");
    }

    bool array(json::Value& value, std::size_t depth) {
        if (!deeper(depth)) return false;
        value.type_ = json::Value::Type::array;
        ++at_;
        if (take(']')) return true;
        do {
            value.items_.emplace_back();
            if (!read(value.items_.back(), depth)) return false;
        } while (take(','));
        return take(']') || fail(at_, "',' or ']'");
    }

    bool object(json::Value& value, std::size_t depth) {
        if (!deeper(depth)) return false;
        value.type_ = json::Value::Type::object;
        ++at_;
        if (take('}')) return true;
        std::vector<std::size_t> places;  // of the members' names, to report a duplicate
        do {
            skip_space();
            if (!next_is('"')) return fail(at_, "a member name");
            places.push_back(at_);
            value.members_.emplace_back();
            if (!string(value.members_.back().name)) return false;
            if (!take(':')) return fail(at_, "':' after a member name");
            if (!read(value.members_.back().value, depth)) return false;
        } while (take(','));
        if (!take('}')) return fail(at_, "',' or '}'");
        return unique(value.members_, places);
    }

    // Names are compared after unescaping: "a" and "\u0061" are one name (L3). Sorted rather than
    // hashed, so that chosen names cannot make it slow.
    bool unique(const std::vector<json::Member>& members, const std::vector<std::size_t>& places) {
        std::vector<std::size_t> order(members.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            const int c = members[a].name.compare(members[b].name);
            return c != 0 ? c < 0 : a < b;
        });
        for (std::size_t i = 1; i < order.size(); ++i)
            if (members[order[i - 1]].name == members[order[i]].name)
                return fail(places[order[i]], "a member name that this object does not have yet");
        return true;
    }

    bool string(std::string& out) {
        ++at_;
        std::size_t end = at_ + json_plain_length(text_.substr(at_));
        if (end < text_.size() && text_[end] == '"') {  // as nearly all are
            out.assign(text_.substr(at_, end - at_));
            at_ = end + 1;
            return true;
        }
        while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
        // One allocation: a string that grows leaves copies of a secret behind (L5).
        out.reserve(std::min(end, text_.size()) - at_);
        while (more()) {
            if (const auto run = json_plain_length(text_.substr(at_)); run != 0) {
                out.append(text_.substr(at_, run));
                at_ += run;
                continue;
            }
            const char c = text_[at_];
            if (c == '"') return ++at_, true;
            if (c == '\\') {
                if (!escape(out)) return false;
                continue;
            }
            if (static_cast<unsigned char>(c) < 0x20)
                return fail(at_, "no control character in a string");
            const std::size_t length = utf8_length(text_.substr(at_));
            if (length == 0) return fail(at_, "UTF-8");
            out.append(text_.substr(at_, length));
            at_ += length;
        }
        return fail(at_, "'\"' at the end of a string");
    }

    bool escape(std::string& out) {
        static constexpr std::string_view letters = "\"\\/bfnrt", bytes = "\"\\/\b\f\n\r\t";
        const std::size_t start = at_++;
        const std::size_t letter = more() ? letters.find(text_[at_]) : std::string_view::npos;
        if (letter != std::string_view::npos) {
            out.push_back(bytes[letter]);
            ++at_;
            return true;
        }
        std::uint32_t code = 0;
        if (!unit(code)) return fail(start, "an escape sequence of JSON");
        if (code >= 0xD800 && code <= 0xDBFF) {
            std::uint32_t low = 0;
            if (!next_is('\\')) return fail(start, "a pair of surrogates");
            ++at_;
            if (!unit(low) || low < 0xDC00 || low > 0xDFFF)
                return fail(start, "a pair of surrogates");
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        } else if (code >= 0xDC00 && code <= 0xDFFF) {
            return fail(start, "a pair of surrogates");
        }
        utf8_append(out, code);
        return true;
    }

    // uXXXX, after its backslash.
    bool unit(std::uint32_t& code) {
        if (!next_is('u') || text_.size() - at_ < 5) return false;
        code = 0;
        for (std::size_t i = 1; i <= 4; ++i) {
            const char c = text_[at_ + i];
            const int digit = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) return false;
            code = code << 4 | static_cast<std::uint32_t>(digit);
        }
        at_ += 5;
        return true;
    }

    std::string_view text_;
    json::Limits limits_;
    std::size_t at_ = 0;
    std::size_t fault_at_ = 0;
    const char* expected_ = nullptr;
};

}  // namespace mcp_auth::detail
