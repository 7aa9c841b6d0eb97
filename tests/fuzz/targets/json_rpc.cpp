// One JSON-RPC message of an MCP server.
#include "json_rpc.hpp"

#include "promise.hpp"
#include "targets.hpp"

namespace mcp_auth::fuzz {

void json_rpc(std::string_view bytes) {
    using mcp::Message;
    const auto message = mcp::read_message(bytes, 64 * 1024);
    if (!message) {
        must_be_for_a_log(message.error());
        return must_be_for_a_log_or_good(
            mcp::read_message(std::string(bytes).append(canary), 64 * 1024));
    }
    must(message->id.is_null() || message->id.is_string() || message->id.as_integer(),
         "an id is a string or an integer");
    switch (message->kind) {
    case Message::Kind::result:
        must(message->result.is_object() && !message->id.is_null(),
             "a result is an object, of an id");
        break;
    case Message::Kind::error: must(message->method.empty(), "an error has no method"); break;
    case Message::Kind::request: must(!message->id.is_null(), "a request has an id"); break;
    case Message::Kind::notification:
        must(message->id.is_null(), "a notification has no id");
        must(!message->answers(0), "a notification answers nothing");
        break;
    }
    // What this client writes with what it read is a message again, and goes to the same request.
    const auto result = mcp::read_message(mcp::result_text(message->id), 256 * 1024);
    must(message->id.is_null() ||
             (result && result->kind == Message::Kind::result && result->id == message->id),
         "a result that is written is one");
    const auto error =
        mcp::read_message(mcp::error_text(message->id, -32601, message->method), 256 * 1024);
    must(error && error->kind == Message::Kind::error && error->id == message->id &&
             error->error.message == message->method,
         "an error that is written is one");
}

}  // namespace mcp_auth::fuzz
