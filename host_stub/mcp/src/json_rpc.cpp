#include "json_rpc.hpp"

#include <utility>

namespace mcp_auth::mcp {
namespace {

Error not_json_rpc(std::string_view what) {
    return {Status::protocol, "mcp",
            "the server's answer is not JSON-RPC 2.0: " + std::string(what)};
}

json::Value envelope() {
    json::Value message = json::Value::object();
    message.set("jsonrpc", "2.0");
    return message;
}

bool is_id(const json::Value& id) {
    return id.is_string() || id.as_integer().has_value();
}

}  // namespace

bool Message::answers(std::int64_t request_id) const noexcept {
    return (kind == Kind::result || kind == Kind::error) && id.as_integer() == request_id;
}

Result<Message> read_message(std::string_view text, std::size_t max_bytes) {
    json::Limits limits;
    limits.max_bytes = max_bytes;
    limits.max_depth = 64;  // a tool's input schema is nested deeper than OAuth documents are
    Result<json::Value> parsed = json::parse(text, limits);
    if (!parsed) return not_json_rpc(parsed.error().message);
    if (parsed->is_array()) return not_json_rpc("an array (batches are not part of MCP)");
    if (!parsed->is_object()) return not_json_rpc("not an object");
    if (parsed->string("jsonrpc") != "2.0") return not_json_rpc("\"jsonrpc\" is not \"2.0\"");

    Message message;
    const json::Value* id = parsed->find("id");
    if (id && !id->is_null() && !is_id(*id))
        return not_json_rpc("\"id\" is neither a string nor an integer");
    if (id) message.id = *id;

    if (const json::Value* method = parsed->find("method")) {
        if (!method->is_string()) return not_json_rpc("\"method\" is not a string");
        message.method = *method->as_string();
        message.kind = message.id.is_null() ? Message::Kind::notification : Message::Kind::request;
        return message;
    }
    json::Value* result = parsed->find("result");
    const json::Value* error = parsed->find("error");
    if ((result != nullptr) == (error != nullptr))
        return not_json_rpc("it needs exactly one of \"method\", \"result\" and \"error\"");
    if (result) {
        if (!result->is_object()) return not_json_rpc("\"result\" is not an object");
        if (message.id.is_null()) return not_json_rpc("a result without \"id\"");
        message.kind = Message::Kind::result;
        message.result = std::move(*result);
        return message;
    }
    const json::Value* code = error->find("code");
    if (!code || !code->as_integer()) return not_json_rpc("\"error\" without an integer \"code\"");
    message.kind = Message::Kind::error;
    message.error.code = *code->as_integer();
    message.error.message = std::string(error->string("message"));
    if (const json::Value* data = error->find("data")) message.error.data = *data;
    return message;
}

std::string request_text(std::int64_t id, std::string_view method, json::Value params) {
    json::Value message = envelope();
    message.set("id", id).set("method", method);
    message.set("params", std::move(params));
    return message.dump();
}

std::string notification_text(std::string_view method) {
    return envelope().set("method", method).dump();
}

std::string result_text(const json::Value& id) {
    return envelope().set("id", id).set("result", json::Value::object()).dump();
}

std::string error_text(const json::Value& id, std::int64_t code, std::string_view message) {
    json::Value error = json::Value::object();
    error.set("code", code).set("message", message);
    return envelope().set("id", id).set("error", std::move(error)).dump();
}

}  // namespace mcp_auth::mcp
