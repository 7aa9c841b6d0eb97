// What a request looks like on each of the two wires (protocol.md A2, A3).
#pragma once

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/mcp/client.hpp>
#include <mcp_auth/mcp/protocol.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::mcp {

struct Wire {
    Protocol protocol = Protocol::handshake_2025_11_25;
    std::string version;  // negotiated; empty until `initialize` was answered
    std::string session;  // Mcp-Session-Id; empty: the server keeps none

    bool stateless() const noexcept { return protocol == Protocol::stateless_2026_07_28; }
};

// A3: {"extensions": {"io.modelcontextprotocol/enterprise-managed-authorization": {}}}
json::Value client_capabilities();
json::Value client_info(const ClientOptions& options);

// `params` with the _meta that the stateless wire wants of every request; unchanged on the other.
json::Value with_meta(json::Value params, const Wire& wire, const ClientOptions& options);

// All headers of one message but Authorization. `name` is params.name or params.uri (Mcp-Name);
// empty where the method has none.
Headers message_headers(const Wire& wire, std::string_view method, std::string_view name);

// MCP 2026-07-28, "Value Encoding": the text itself where a header can carry it, else
// =?base64?...?=. Nothing that the caller passes can break out of the header line.
std::string header_value(std::string_view text);

// The first message of this wire: `initialize` or `server/discover`.
std::string_view opening_method(const Wire& wire) noexcept;
json::Value opening_params(const Wire& wire, const ClientOptions& options);

}  // namespace mcp_auth::mcp
