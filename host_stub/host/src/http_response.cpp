// Looking up headers of a response (RFC 9110 5.1: names are case-insensitive).
#include <mcp_auth/host/http.hpp>

#include "ascii_case.hpp"

namespace mcp_auth {
std::string_view HttpResponse::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers) {
        if (host::equal_ignoring_case(key, name)) return value;
    }
    return {};
}

std::vector<std::string_view> HttpResponse::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : headers) {
        if (host::equal_ignoring_case(key, name)) values.push_back(value);
    }
    return values;
}

}  // namespace mcp_auth
