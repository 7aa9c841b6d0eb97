// The inline half of scope.hpp.
#pragma once

#include <mcp_auth/scope.hpp>

#include <algorithm>
#include <cstddef>

namespace mcp_auth::plugin::detail {

inline bool has_token(const std::vector<std::string_view>& tokens, std::string_view token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

inline void append_scope(std::string& scope, std::string_view token) {
    if (!scope.empty()) scope += ' ';
    scope += token;
}

// The tokens of `from` for which being in `other` is `wanted`.
inline std::string select_scope(std::string_view from, std::string_view other, bool wanted) {
    const auto others = scope_tokens(other);
    std::vector<std::string_view> taken;
    std::string scope;
    for (const auto token : scope_tokens(from)) {
        if (has_token(others, token) != wanted || has_token(taken, token)) continue;
        taken.push_back(token);
        append_scope(scope, token);
    }
    return scope;
}

// RFC 9110 5.6.2
inline bool is_token_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

inline std::string_view take_token(std::string_view text, std::size_t& at) {
    const std::size_t begin = at;
    while (at < text.size() && is_token_character(text[at])) ++at;
    return text.substr(begin, at - begin);
}

// A quoted-string with its escapes resolved, or a token. Nothing for a string that never ends.
inline std::optional<std::string> take_value(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '"') return std::string(take_token(text, at));
    std::string value;
    for (++at; at < text.size(); ++at) {
        if (text[at] == '"') {
            ++at;
            return value;
        }
        if (text[at] == '\\' && ++at == text.size()) break;
        value += text[at];
    }
    return std::nullopt;
}

inline void skip_blanks(std::string_view text, std::size_t& at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
}

}  // namespace mcp_auth::plugin::detail

namespace mcp_auth::plugin {

inline std::vector<std::string_view> scope_tokens(std::string_view scope) {
    std::vector<std::string_view> tokens;
    while (!scope.empty()) {
        const std::size_t end = std::min(scope.find(' '), scope.size());
        if (end > 0) tokens.push_back(scope.substr(0, end));
        scope.remove_prefix(std::min(end + 1, scope.size()));
    }
    return tokens;
}

inline bool scope_within(std::string_view part, std::string_view whole) {
    return scope_lacking(whole, part).empty();
}

inline std::string scope_common(std::string_view first, std::string_view second) {
    return detail::select_scope(first, second, true);
}

inline std::string scope_lacking(std::string_view part, std::string_view whole) {
    return detail::select_scope(whole, part, false);
}

inline std::string scope_canonical(std::string_view scope) {
    auto tokens = scope_tokens(scope);
    std::sort(tokens.begin(), tokens.end());
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    std::string text;
    for (const auto token : tokens) detail::append_scope(text, token);
    return text;
}

inline std::optional<std::string> challenged_scope(std::string_view challenge) {
    bool ours = false;  // the parameters at hand belong to a Bearer or DPoP challenge
    for (std::size_t at = 0; at < challenge.size();) {
        const std::string_view name = detail::take_token(challenge, at);
        if (name.empty()) {
            ++at;  // a separator, or the padding of a token68
            continue;
        }
        detail::skip_blanks(challenge, at);
        if (at >= challenge.size() || challenge[at] != '=') {  // no parameter: a scheme's name
            ours = same_ignoring_case(name, "Bearer") || same_ignoring_case(name, "DPoP");
            continue;
        }
        ++at;
        detail::skip_blanks(challenge, at);
        auto value = detail::take_value(challenge, at);
        if (!value) return std::nullopt;
        if (ours && same_ignoring_case(name, "scope") && !value->empty()) return value;
    }
    return std::nullopt;
}

inline std::string scope_missing_for_step_up(const TokenRequest& request,
                                             std::string_view granted) {
    if (request.reason != Reason::insufficient_scope) return {};
    const auto demanded = challenged_scope(request.challenge);
    return scope_lacking(granted, demanded ? std::string_view(*demanded) : request.scope);
}

inline bool same_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace mcp_auth::plugin
