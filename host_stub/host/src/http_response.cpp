// Looking up headers of a response (RFC 9110 5.1: names are case-insensitive).
#include <mcp_auth/host/http.hpp>

#include <algorithm>

namespace mcp_auth {
namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers) {
        if (same_name(key, name)) return value;
    }
    return {};
}

std::vector<std::string_view> HttpResponse::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : headers) {
        if (same_name(key, name)) values.push_back(value);
    }
    return values;
}

}  // namespace mcp_auth
