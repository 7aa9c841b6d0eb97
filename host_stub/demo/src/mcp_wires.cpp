#include "mcp_server.hpp"

#include <sstream>

namespace mcp_auth::demo {
namespace {

constexpr char session_version[] = "2025-11-25";
constexpr char stateless_version[] = "2026-07-28";
constexpr char version_key[] = "io.modelcontextprotocol/protocolVersion";
constexpr char capabilities_key[] = "io.modelcontextprotocol/clientCapabilities";
constexpr char server_key[] = "io.modelcontextprotocol/serverInfo";
constexpr int cache_milliseconds = 60'000;

Object::Ptr server_info() {
    Object::Ptr info = new_object();
    info->set("name", "mcp-auth demo chat");
    info->set("version", "1.0.0");
    return info;
}

Object::Ptr capabilities() {
    Object::Ptr able = new_object();
    able->set("tools", new_object());
    return able;
}

Answer refuse(int status, const RpcMessage& message, RpcCode code, const std::string& why,
              const Object::Ptr& data = nullptr) {
    return json_answer(status, *rpc_error(message.id, code, why, data));
}

// The headers that mirror the body, for whoever routes without reading it (A2). Nothing: they
// agree with it.
std::optional<Answer> refuse_metadata(const RecordedRequest& request, const RpcMessage& message) {
    const std::string version = request.header("MCP-Protocol-Version");
    if (version.empty())
        return refuse(400, message, RpcCode::header_mismatch, "MCP-Protocol-Version is missing");
    const Object::Ptr meta = object_member(*message.params, "_meta");
    const auto named = meta ? string_member(*meta, version_key) : std::nullopt;
    if (!named || !object_member(*meta, capabilities_key))
        return refuse(400, message, RpcCode::invalid_params,
                      "_meta lacks protocolVersion or clientCapabilities");
    if (*named != version)
        return refuse(400, message, RpcCode::header_mismatch,
                      "MCP-Protocol-Version is not what _meta says");
    if (version != stateless_version) {
        Object::Ptr data = new_object();
        data->set("supported", array_of({stateless_version, session_version}));
        data->set("requested", version);
        return refuse(400, message, RpcCode::unsupported_version, "unsupported protocol version",
                      data);
    }
    if (request.header("Mcp-Method") != message.method)
        return refuse(400, message, RpcCode::header_mismatch, "Mcp-Method is not the method");
    const std::string method = message.method;
    if (method == "tools/call" || method == "prompts/get" || method == "resources/read") {
        // No tool here has a name that needs the Base64 form of the header.
        const char* source = method == "resources/read" ? "uri" : "name";
        const auto name = string_member(*message.params, source);
        if (!name || !request.has_header("Mcp-Name") || request.header("Mcp-Name") != *name)
            return refuse(400, message, RpcCode::header_mismatch, "Mcp-Name is not the name");
    }
    return std::nullopt;
}

// Over several data lines, after a comment: a client that reads only the simplest events fails.
std::string as_event(const Object& message) {
    std::string event = ": the demo's stream\n\nevent: message\n";
    std::istringstream lines(to_text(message, 2));
    for (std::string line; std::getline(lines, line);) event += "data: " + line + "\n";
    return event + "\n";
}

}  // namespace

Answer McpServer::with_session(const RecordedRequest& request, const RpcMessage& message,
                               const Caller& caller) {
    if (message.method == "initialize" && !message.is_notification())
        return initialize(message, caller);
    if (!request.has_header("Mcp-Session-Id"))
        return refuse(400, message, RpcCode::invalid_request, "Mcp-Session-Id is missing");
    if (!has_session(request.header("Mcp-Session-Id"), caller))
        return refuse(404, message, RpcCode::invalid_request, "no such session");
    if (request.header("MCP-Protocol-Version") != session_version)
        return refuse(400, message, RpcCode::invalid_request,
                      "MCP-Protocol-Version is not what was negotiated");
    return perform(message, caller, false);
}

Answer McpServer::initialize(const RpcMessage& message, const Caller& caller) {
    if (!string_member(*message.params, "protocolVersion") ||
        !object_member(*message.params, "capabilities") ||
        !object_member(*message.params, "clientInfo"))
        return refuse(200, message, RpcCode::invalid_params,
                      "protocolVersion, capabilities and clientInfo are needed");
    const std::string id = random_text(24);
    {
        const std::lock_guard lock(mutex_);
        sessions_.emplace(id, caller.subject);
    }
    Object::Ptr body = new_object();
    body->set("protocolVersion", session_version);  // whatever was asked: the client may leave
    body->set("capabilities", capabilities());
    body->set("serverInfo", server_info());
    Answer answer = result(message, body, false);
    answer.headers.emplace_back("Mcp-Session-Id", id);
    return answer;
}

Answer McpServer::stateless(const RecordedRequest& request, const RpcMessage& message,
                            const Caller& caller) {
    if (auto refusal = refuse_metadata(request, message)) return *refusal;
    if (message.method != "server/discover") return perform(message, caller, true);
    Object::Ptr body = new_object();
    body->set("supportedVersions", array_of({stateless_version}));
    body->set("capabilities", capabilities());
    body->set("serverInfo", server_info());
    body->set("ttlMs", cache_milliseconds);
    body->set("cacheScope", "public");
    return result(message, body, true);
}

Answer McpServer::perform(const RpcMessage& message, const Caller& caller, bool modern) const {
    if (message.is_notification()) return {202, {}, "", false};
    if (message.method == "ping" && !modern) return result(message, new_object(), modern);
    if (message.method == "tools/call") return call_tool(message, caller, modern);
    if (message.method != "tools/list")
        return refuse(modern ? 404 : 200, message, RpcCode::method_not_found, "no such method");
    Array::Ptr list = new Array;
    for (const Tool& tool : tools()) list->add(tool.listed());
    Object::Ptr body = new_object();
    body->set("tools", list);
    if (modern) {
        body->set("ttlMs", cache_milliseconds);
        body->set("cacheScope", "public");
    }
    return result(message, body, modern);
}

Answer McpServer::call_tool(const RpcMessage& message, const Caller& caller, bool modern) const {
    const Tool* tool = find_tool(string_member(*message.params, "name").value_or(""));
    if (!tool) return refuse(200, message, RpcCode::invalid_params, "no such tool");
    if (!caller.has(tool->scope)) return challenge(403, "insufficient_scope", tool->scope);
    const Object::Ptr arguments = object_member(*message.params, "arguments");
    return result(message, tool->call(caller, arguments ? *arguments : Object()), modern);
}

Answer McpServer::result(const RpcMessage& message, Object::Ptr result, bool modern) const {
    if (modern) {
        Object::Ptr meta = new_object();
        meta->set(server_key, server_info());
        result->set("resultType", "complete");
        result->set("_meta", meta);
    }
    const Object::Ptr body = rpc_result(message.id, result);
    if (!party_.options.sse) return json_answer(200, *body);
    return {200,
            {{"Content-Type", "text/event-stream"},
             {"Cache-Control", "no-cache"},
             {"X-Accel-Buffering", "no"}},
            as_event(*body),
            true};
}

}  // namespace mcp_auth::demo
