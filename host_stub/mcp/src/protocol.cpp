#include <mcp_auth/mcp/protocol.hpp>

namespace mcp_auth::mcp {

std::string_view to_string(Protocol protocol) noexcept {
    switch (protocol) {
    case Protocol::handshake_2025_11_25: return "2025-11-25";
    case Protocol::stateless_2026_07_28: return "2026-07-28";
    }
    return {};
}

std::optional<Protocol> protocol_from(std::string_view version) noexcept {
    for (const Protocol known : {Protocol::handshake_2025_11_25, Protocol::stateless_2026_07_28})
        if (version == to_string(known)) return known;
    return std::nullopt;
}

}  // namespace mcp_auth::mcp
