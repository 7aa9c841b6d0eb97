#include "form_query.hpp"

#include "untrusted_text.hpp"

#include <mcp_auth/secret.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t most_parameters = 64;

int hex(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<std::string> form_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0)) {
                wipe(out);
                return std::nullopt;
            }
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

void wipe_values(QueryParameters& parameters) noexcept {
    for (auto& [name, value] : parameters) wipe(value);
}

Result<QueryParameters> parse_query(std::string_view query) {
    QueryParameters parameters;
    const auto broken = [&](std::string message) {
        wipe_values(parameters);  // a code may be among what was read so far
        return Error(Status::protocol, "", std::move(message));
    };
    while (!query.empty()) {
        const auto piece = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), piece.size() + 1));
        if (piece.empty()) continue;
        const auto equals = std::min(piece.find('='), piece.size());
        auto name = form_decoded(piece.substr(0, equals));
        auto value = form_decoded(piece.substr(std::min(piece.size(), equals + 1)));
        if (name && value && parameters.size() < most_parameters && parameters.count(*name) == 0) {
            parameters.emplace(std::move(*name), std::move(*value));
            continue;
        }
        if (value) wipe(*value);
        if (!name || !value) return broken("a parameter is not percent-encoded text");
        if (parameters.size() == most_parameters) return broken("there are too many parameters");
        return broken("the parameter \"" + untrusted_text(*name, 32) +
                      "\" comes twice (RFC 6749 3.1)");
    }
    return parameters;
}

}  // namespace mcp_auth::host
