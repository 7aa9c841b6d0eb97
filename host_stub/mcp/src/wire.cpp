#include "wire.hpp"

#include <mcp_auth/jws.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::mcp {
namespace {

constexpr std::string_view sentinel_begin = "=?base64?";
constexpr std::string_view sentinel_end = "?=";

bool header_can_carry(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    if (text.empty()) return true;
    if (blank(text.front()) || blank(text.back())) return false;
    // A value that looks encoded would be decoded by the server.
    if (text.size() >= sentinel_begin.size() + sentinel_end.size() &&
        text.substr(0, sentinel_begin.size()) == sentinel_begin &&
        text.substr(text.size() - sentinel_end.size()) == sentinel_end)
        return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == '\t' || (c >= 0x20 && c <= 0x7E); });
}

std::string base64(std::string_view bytes) {
    std::string text = base64url_encode(bytes);
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

}  // namespace

json::Value client_capabilities() {
    json::Value extensions = json::Value::object();
    extensions.set("io.modelcontextprotocol/enterprise-managed-authorization",
                   json::Value::object());
    return json::Value::object().set("extensions", std::move(extensions));
}

json::Value client_info(const ClientOptions& options) {
    return json::Value::object().set("name", options.name).set("version", options.version);
}

json::Value with_meta(json::Value params, const Wire& wire, const ClientOptions& options) {
    if (!wire.stateless()) return params;
    json::Value meta = json::Value::object();
    meta.set("io.modelcontextprotocol/protocolVersion", to_string(wire.protocol))
        .set("io.modelcontextprotocol/clientInfo", client_info(options))
        .set("io.modelcontextprotocol/clientCapabilities", client_capabilities());
    params.set("_meta", std::move(meta));
    return params;
}

Headers message_headers(const Wire& wire, std::string_view method, std::string_view name) {
    Headers headers = {{"Content-Type", "application/json"},
                       {"Accept", "application/json, text/event-stream"}};
    if (wire.stateless()) {
        headers.emplace_back("MCP-Protocol-Version", to_string(wire.protocol));
        headers.emplace_back("Mcp-Method", header_value(method));
        if (!name.empty()) headers.emplace_back("Mcp-Name", header_value(name));
        return headers;
    }
    if (!wire.version.empty()) headers.emplace_back("MCP-Protocol-Version", wire.version);
    if (!wire.session.empty()) headers.emplace_back("Mcp-Session-Id", wire.session);
    return headers;
}

std::string header_value(std::string_view text) {
    if (header_can_carry(text)) return std::string(text);
    return std::string(sentinel_begin) + base64(text) + std::string(sentinel_end);
}

std::string_view opening_method(const Wire& wire) noexcept {
    return wire.stateless() ? "server/discover" : "initialize";
}

json::Value opening_params(const Wire& wire, const ClientOptions& options) {
    json::Value params = json::Value::object();
    if (!wire.stateless()) {
        params.set("protocolVersion", to_string(wire.protocol))
            .set("capabilities", client_capabilities())
            .set("clientInfo", client_info(options));
    }
    return with_meta(std::move(params), wire, options);
}

}  // namespace mcp_auth::mcp
