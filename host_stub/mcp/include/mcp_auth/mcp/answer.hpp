// mcp_auth/mcp/answer.hpp - what became of a request: a result, the server's error, or a failure
// on the way.
//
//     Answer<ToolResult> said = client.call("search", arguments, bounds);
//     if (!said && said.failure().rpc) ...   // the MCP server answered with a JSON-RPC error
//     if (!said) return said.failure().error;
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace mcp_auth::mcp {

// JSON-RPC 2.0 5.1, as the server sent it: untrusted text.
struct RpcError {
    std::int64_t code = 0;
    std::string message;
    json::Value data;
};

// Codes of the MCP specification 2026-07-28 ("Error Codes").
inline constexpr std::int64_t method_not_found = -32601;
inline constexpr std::int64_t header_mismatch = -32020;
inline constexpr std::int64_t unsupported_protocol_version = -32022;

struct Failure {
    Error error;                  // with `rpc`: a short account of it, leg "mcp"
    std::optional<RpcError> rpc;  // set when the server's own answer is the error

    Failure(Error e) : error(std::move(e)) {}
    Failure(Error e, RpcError r) : error(std::move(e)), rpc(std::move(r)) {}
};

// A value or a Failure; used as Result is.
template <class T>
class [[nodiscard]] Answer {
public:
    Answer(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Answer(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}
    Answer(Error error) : state_(std::in_place_index<1>, Failure(std::move(error))) {}

    explicit operator bool() const noexcept { return state_.index() == 0; }
    T& operator*() noexcept { return *std::get_if<0>(&state_); }
    const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }
    const Failure& failure() const noexcept { return *std::get_if<1>(&state_); }

private:
    std::variant<T, Failure> state_;
};

}  // namespace mcp_auth::mcp
