#include "json_schema_references.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace mcp_auth::host {
namespace {

constexpr std::size_t longest_chain = 32;    // of schemas for one and the same value
constexpr std::size_t deepest_schema = 256;  // of schemas inside and behind each other

std::string unescaped(std::string_view step) {  // RFC 6901 4
    std::string out;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool escape = step[i] == '~' && i + 1 < step.size();
        out += !escape ? step[i] : step[++i] == '0' ? '~' : '/';
    }
    return out;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        const char* const digits = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            out += static_cast<char>(byte);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

// The place in `root` that a reference leads to, whatever document it names; null: there is none.
const json::Value* resolved(const json::Value& root, std::string_view reference) {
    const auto hash = reference.find('#');
    const std::string pointer =
        percent_decoded(hash == std::string_view::npos ? "" : reference.substr(hash + 1));
    std::string_view rest = pointer;
    const json::Value* at = &root;
    while (at != nullptr && !rest.empty()) {
        rest.remove_prefix(rest.front() == '/' ? 1 : 0);
        const auto end = std::min(rest.find('/'), rest.size());
        const std::string step = unescaped(rest.substr(0, end));
        rest.remove_prefix(end);
        std::size_t index = 0;
        if (at->is_array()) {
            const auto [stop, fault] =
                std::from_chars(step.data(), step.data() + step.size(), index);
            const bool inside = fault == std::errc{} && index < at->items().size();
            at = inside ? &at->items()[index] : nullptr;
        } else {
            at = at->find(step);
        }
    }
    return at;
}

const json::Value* referred(const json::Value& root, const json::Value& schema) {
    const json::Value* const reference = schema.find("$ref");
    return reference != nullptr && reference->is_string() ? resolved(root, *reference->as_string())
                                                          : nullptr;
}

// Of the value that a schema is applied to, what else is applied to that same value.
class SameValue {
public:
    explicit SameValue(const json::Value& root) : root_(root) {}

    // The number of schemas from here on; more than longest_chain where there is no end.
    std::size_t chain(const json::Value& schema, std::size_t above) {
        if (above > longest_chain) return longest_chain + 1;
        // Each once: until its length is known it has none, so that whoever comes back here sees
        // it.
        const auto [known, first] = known_.emplace(&schema, longest_chain + 1);
        if (!first) return known->second;
        std::size_t longest = 0;
        const auto follow = [&](const json::Value& next) {
            longest = std::max(longest, chain(next, above + 1));
        };
        if (const auto* const next = referred(root_, schema)) follow(*next);
        constexpr std::array<std::string_view, 8> keywords{
            "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependencies"};
        for (const std::string_view keyword : keywords) {
            const json::Value* const value = schema.find(keyword);
            if (value == nullptr) continue;
            follow(*value);
            for (const json::Value& item : value->items()) follow(item);
            if (keyword != "dependencies") continue;
            for (const json::Member& member : value->members()) follow(member.value);
        }
        return known->second = longest + 1;
    }

private:
    const json::Value& root_;
    std::map<const json::Value*, std::size_t> known_;
};

class Everything {
public:
    explicit Everything(const json::Value& root) : root_(root), same_(root) {}

    // Each schema once, in the order of the reader that recurses into them.
    bool ends(const json::Value& schema, std::size_t depth) {
        if (depth > deepest_schema || same_.chain(schema, 0) > longest_chain) return false;
        if (!seen_.insert(&schema).second) return true;
        if (const auto* const next = referred(root_, schema))
            if (!ends(*next, depth + 1)) return false;
        return std::all_of(schema.items().begin(), schema.items().end(),
                           [&](const json::Value& item) { return ends(item, depth + 1); }) &&
               std::all_of(
                   schema.members().begin(), schema.members().end(),
                   [&](const json::Member& member) { return ends(member.value, depth + 1); });
    }

private:
    const json::Value& root_;
    SameValue same_;
    std::set<const json::Value*> seen_;
};

}  // namespace

bool references_end(const json::Value& schema) {
    return Everything(schema).ends(schema, 0);
}

}  // namespace mcp_auth::host
