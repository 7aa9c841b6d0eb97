#include "json_rpc.hpp"

namespace mcp_auth::demo {

std::optional<RpcMessage> rpc_message(const Object& body) {
    if (string_member(body, "jsonrpc") != "2.0") return std::nullopt;
    RpcMessage message;
    message.method = string_member(body, "method").value_or("");
    if (message.method.empty()) return std::nullopt;
    if (body.has("id")) {
        message.id = body.get("id");
        if (!string_member(body, "id") && !integer_member(body, "id")) return std::nullopt;
    }
    message.params = object_member(body, "params");
    if (!message.params) {
        if (body.has("params")) return std::nullopt;
        message.params = new_object();
    }
    return message;
}

Object::Ptr rpc_result(const Poco::Dynamic::Var& id, const Object::Ptr& result) {
    Object::Ptr body = new_object();
    body->set("jsonrpc", "2.0");
    body->set("id", id);
    body->set("result", result);
    return body;
}

Object::Ptr rpc_error(const Poco::Dynamic::Var& id, RpcCode code, const std::string& message,
                      const Object::Ptr& data) {
    Object::Ptr error = new_object();
    error->set("code", static_cast<int>(code));
    error->set("message", message);
    if (data) error->set("data", data);
    Object::Ptr body = new_object();
    body->set("jsonrpc", "2.0");
    if (!id.isEmpty()) body->set("id", id);
    body->set("error", error);
    return body;
}

}  // namespace mcp_auth::demo
