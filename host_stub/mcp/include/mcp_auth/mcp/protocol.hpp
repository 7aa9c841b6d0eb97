// mcp_auth/mcp/protocol.hpp - the two shapes of MCP over Streamable HTTP.
#pragma once

#include <optional>
#include <string_view>

namespace mcp_auth::mcp {

enum class Protocol {
    handshake_2025_11_25,  // `initialize`, a session, then requests
    stateless_2026_07_28,  // every request says all of itself in _meta
};

std::string_view to_string(Protocol protocol) noexcept;  // "2025-11-25"
std::optional<Protocol> protocol_from(std::string_view version) noexcept;

}  // namespace mcp_auth::mcp
