#include <mcp_auth/host/echo.hpp>

#include <cstddef>

namespace mcp_auth {

bool repeats(std::string_view text, std::string_view secret) noexcept {
    constexpr std::size_t piece = 12, least = 6;
    if (secret.size() < piece) return secret.size() >= least && text.find(secret) != text.npos;
    for (std::size_t at = 0; at + piece <= text.size(); ++at)
        if (secret.find(text.substr(at, piece)) != secret.npos) return true;
    return false;
}

}  // namespace mcp_auth
