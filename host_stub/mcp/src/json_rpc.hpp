// JSON-RPC 2.0 messages, as MCP narrows them: no batches, ids are numbers or strings.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/mcp/answer.hpp>
#include <mcp_auth/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mcp_auth::mcp {

struct Message {
    enum class Kind { result, error, request, notification };
    Kind kind = Kind::notification;
    json::Value id;      // null where there is none
    std::string method;  // of a request or notification
    json::Value result;  // of a result
    RpcError error;      // of an error

    bool answers(std::int64_t request_id) const noexcept;
};

// Errors: protocol (not JSON, not JSON-RPC 2.0, too large or too deep). Quotes nothing of it.
Result<Message> read_message(std::string_view text, std::size_t max_bytes);

std::string request_text(std::int64_t id, std::string_view method, json::Value params);
std::string notification_text(std::string_view method);
// Answers to what the server asks in the middle of a stream.
std::string result_text(const json::Value& id);
std::string error_text(const json::Value& id, std::int64_t code, std::string_view message);

}  // namespace mcp_auth::mcp
