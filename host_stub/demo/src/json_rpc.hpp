// JSON-RPC 2.0 as MCP uses it: one message a request, ids are strings or integers.
#pragma once

#include "json.hpp"

#include <Poco/Dynamic/Var.h>

#include <optional>
#include <string>

namespace mcp_auth::demo {

// Of JSON-RPC, and of MCP 2026-07-28 (basic, error codes).
enum class RpcCode {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    header_mismatch = -32020,
    unsupported_version = -32022,
};

struct RpcMessage {
    Poco::Dynamic::Var id;  // empty: a notification
    std::string method;
    Object::Ptr params;  // never null
    bool is_notification() const { return id.isEmpty(); }
};

// Nothing: not a request or notification of JSON-RPC 2.0.
std::optional<RpcMessage> rpc_message(const Object& body);

Object::Ptr rpc_result(const Poco::Dynamic::Var& id, const Object::Ptr& result);
Object::Ptr rpc_error(const Poco::Dynamic::Var& id, RpcCode code, const std::string& message,
                      const Object::Ptr& data = nullptr);

}  // namespace mcp_auth::demo
