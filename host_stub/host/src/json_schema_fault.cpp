#include "json_schema_fault.hpp"

#include "json_schema.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <regex>
#include <utility>

namespace mcp_auth::host {
namespace {

using Nodes = std::vector<const json::Value*>;

constexpr int max_references = 32;  // a schema whose $refs form a ring ends here

const json::Value* resolve(const json::Value& root, std::string_view reference) {
    if (reference.substr(0, 1) != "#") return nullptr;
    const json::Value* node = &root;
    reference.remove_prefix(1);
    while (node != nullptr && !reference.empty()) {
        reference.remove_prefix(1);  // '/'
        const std::string_view step = reference.substr(0, reference.find('/'));
        node = node->find(step);
        reference.remove_prefix(step.size());
    }
    return node;
}

// A schema, and every other one that speaks of the same value: by reference or by combination.
void expand(const json::Value& root, const json::Value* node, Nodes& out, int depth = 0) {
    if (node == nullptr || depth > max_references) return;
    if (std::find(out.begin(), out.end(), node) != out.end()) return;
    out.push_back(node);
    if (const json::Value* reference = node->find("$ref"); reference && reference->as_string())
        expand(root, resolve(root, *reference->as_string()), out, depth + 1);
    for (const char* several : {"allOf", "anyOf", "oneOf"})
        if (const json::Value* children = node->find(several))
            for (const json::Value& child : children->items()) expand(root, &child, out, depth + 1);
    for (const char* one : {"then", "else"}) expand(root, node->find(one), out, depth + 1);
}

bool matches(const std::string& pattern, const std::string& key) {
    try {
        return std::regex_search(key, std::regex(pattern));
    } catch (const std::regex_error&) {
        return false;
    }
}

// The schemas of a member or an item.
Nodes step(const json::Value& root, const Nodes& nodes, const std::string& key) {
    Nodes out;
    for (const json::Value* node : nodes) {
        bool named = false;
        if (const json::Value* properties = node->find("properties"))
            if (const json::Value* property = properties->find(key)) {
                expand(root, property, out);
                named = true;
            }
        if (const json::Value* patterns = node->find("patternProperties"))
            for (const json::Member& pattern : patterns->members())
                if (matches(pattern.name, key)) {
                    expand(root, &pattern.value, out);
                    named = true;
                }
        if (!named) expand(root, node->find("additionalProperties"), out);
        expand(root, node->find("items"), out);
    }
    return out;
}

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::string listed(const std::vector<std::string>& words) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i)
        out += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    return out;
}

// For a schema whose author wrote no description.
std::string from_keywords(const json::Value& node) {
    std::vector<std::string> words;
    if (const json::Value* constant = node.find("const")) return constant->dump();
    if (const json::Value* choices = node.find("enum")) {
        for (const json::Value& choice : choices->items()) words.push_back(choice.dump());
        return listed(words);
    }
    const json::Value* type = node.find("type");
    if (type == nullptr) return {};
    if (type->as_string()) words.push_back(*type->as_string());
    for (const json::Value& item : type->items())
        if (item.as_string()) words.push_back(*item.as_string());
    for (std::string& word : words)
        if (word != "null")
            word.insert(0, word.find_first_of("aio") == 0 ? "an " : "a ");  // an array, a string
    return listed(words);
}

std::string expectation(const Nodes& nodes) {
    for (const json::Value* node : nodes)
        if (const std::string_view text = node->string("description"); !text.empty())
            return std::string(text);
    for (const json::Value* node : nodes)
        if (std::string text = from_keywords(*node); !text.empty()) return text;
    return {};
}

std::vector<std::string> known_keys(const Nodes& nodes) {
    std::vector<std::string> keys;
    for (const json::Value* node : nodes)
        if (const json::Value* properties = node->find("properties"))
            for (const json::Member& property : properties->members())
                keys.push_back(property.name);
    return keys;
}

// What the validator quotes: "... 'name'." at the end of its words.
std::optional<std::string> quoted_name(const std::string& constraint, std::string_view beginning) {
    if (constraint.compare(0, beginning.size(), beginning) != 0) return std::nullopt;
    const std::size_t begin = constraint.find(": '") != std::string::npos
                                  ? constraint.find(": '") + 3
                                  : constraint.find('\'') + 1;
    const std::size_t end = constraint.rfind('\'');
    if (begin == 0 || end == std::string::npos || end < begin) return std::nullopt;
    return constraint.substr(begin, end - begin);
}

struct Candidate {
    std::size_t depth = 0;
    std::optional<std::string> unknown;  // a key that no schema knows
    std::optional<std::string> missing;  // a key that must be there
};

Candidate classify(const SchemaViolation& violation) {
    Candidate candidate;
    candidate.depth = violation.path.size();
    candidate.unknown = quoted_name(violation.constraint, "Object contains a property");
    candidate.missing = quoted_name(violation.constraint, "Missing required property");
    if (candidate.unknown) ++candidate.depth;  // it points at the key, not at its object
    return candidate;
}

}  // namespace

SchemaFault explain(const json::Value& schema, const std::vector<SchemaViolation>& violations) {
    const SchemaViolation* worst = nullptr;
    Candidate why;
    for (const SchemaViolation& violation : violations) {
        Candidate candidate = classify(violation);
        if (worst == nullptr || candidate.depth > why.depth) {
            worst = &violation;
            why = std::move(candidate);
        }
    }
    if (worst == nullptr) return {"", "does not match its schema"};

    Nodes nodes;
    expand(schema, &schema, nodes);
    SchemaFault fault;
    for (const std::string& key : worst->path) {
        fault.pointer += pointer_step(key);
        nodes = step(schema, nodes, key);
    }
    if (why.unknown) {
        fault.pointer += pointer_step(*why.unknown);
        fault.text = "unknown key" + did_you_mean(*why.unknown, known_keys(nodes));
        return fault;
    }
    std::string wanted;
    if (why.missing) {
        fault.text = quoted(*why.missing) + " is missing";
        wanted = expectation(step(schema, nodes, *why.missing));
        if (!wanted.empty()) fault.text += ": " + wanted;
        return fault;
    }
    wanted = expectation(nodes);
    fault.text = wanted.empty() ? "does not match its schema" : "expected " + wanted;
    return fault;
}

std::string complaint(std::string_view document_name, std::string_view pointer,
                      std::string_view fault) {
    std::string text(document_name);
    if (!pointer.empty()) text.append(" at ").append(pointer);
    return text.append(": ").append(fault);
}

std::string pointer_step(std::string_view key) {
    constexpr std::size_t cap = 80;
    std::string out = "/";
    for (const char c : key.substr(0, cap)) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c >= 0x20 && c < 0x7f ? c : '?';
        }
    }
    return key.size() > cap ? out + "..." : out;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
    constexpr std::size_t longest = 64;
    if (name.size() > longest) return {};
    std::string best;
    std::size_t best_distance = 3;  // further than two slips of the finger is another word
    for (const std::string& word : known) {
        // Levenshtein, one row at a time.
        std::vector<std::size_t> row(word.size() + 1);
        std::iota(row.begin(), row.end(), std::size_t{0});
        for (std::size_t i = 0; i < name.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i + 1;
            for (std::size_t j = 0; j < word.size(); ++j) {
                const std::size_t change = diagonal + (name[i] == word[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
            }
        }
        if (row.back() < best_distance && row.back() < word.size()) {
            best_distance = row.back();
            best = word;
        }
    }
    return best.empty() ? std::string() : "; did you mean " + quoted(best) + "?";
}

}  // namespace mcp_auth::host
