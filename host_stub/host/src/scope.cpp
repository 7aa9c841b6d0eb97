#include "scope.hpp"

#include <set>

namespace mcp_auth::host {

namespace {

std::set<std::string_view> tokens_of(std::string_view scope) {
    std::set<std::string_view> tokens;
    while (!scope.empty()) {
        const auto end = scope.find(' ');
        if (const auto token = scope.substr(0, end); !token.empty()) tokens.insert(token);
        if (end == std::string_view::npos) break;
        scope.remove_prefix(end + 1);
    }
    return tokens;
}

std::string joined(const std::set<std::string_view>& tokens) {
    std::string scope;
    for (const auto token : tokens) {
        if (!scope.empty()) scope += ' ';
        scope += token;
    }
    return scope;
}

}  // namespace

std::string scope_set(std::string_view scope) {
    return joined(tokens_of(scope));
}

std::string scope_union(std::string_view a, std::string_view b) {
    auto tokens = tokens_of(a);
    tokens.merge(tokens_of(b));
    return joined(tokens);
}

bool scope_contains(std::string_view whole, std::string_view part) {
    const auto have = tokens_of(whole);
    for (const auto token : tokens_of(part)) {
        if (!have.contains(token)) return false;
    }
    return true;
}

}  // namespace mcp_auth::host
