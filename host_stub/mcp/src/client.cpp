#include <mcp_auth/mcp/client.hpp>

#include "exchange.hpp"
#include "tools.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mcp_auth::mcp {
namespace {

// What a server may answer `initialize` with: the revisions that had Streamable HTTP and sessions.
constexpr std::array<std::string_view, 3> handshake_versions = {"2025-11-25", "2025-06-18",
                                                                "2025-03-26"};

Error broken(std::string what) {
    return {Status::protocol, "mcp", std::move(what)};
}

void take_implementation(const json::Value* implementation, ServerInfo& info) {
    if (!implementation) return;
    info.name = std::string(implementation->string("name"));
    info.title = std::string(implementation->string("title"));
    info.version = std::string(implementation->string("version"));
}

// Visible ASCII only (2025-11-25 "Session Management"): anything else could break out of the
// header that carries it back.
bool usable_session(std::string_view id) {
    return id.size() <= 1024 &&
           std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

}  // namespace

struct Client::State {
    Endpoint endpoint;
    Mirrored mirrored;

    Answer<ServerInfo> handshake(const Bounds& bounds);
    Answer<ServerInfo> discover(const Bounds& bounds);
    Answer<ServerInfo> open(const Bounds& bounds) {
        return endpoint.wire.stateless() ? discover(bounds) : handshake(bounds);
    }

    // Runs `request`; if the server has forgotten the session (404), in a new one, once more.
    template <class Requested>
    auto in_session(Requested request, const Bounds& bounds) -> decltype(request()) {
        auto answer = request();
        if (answer || endpoint.wire.session.empty() || answer.failure().error.http_status != 404)
            return answer;
        if (Answer<ServerInfo> opened = open(bounds); !opened) return opened.failure();
        return request();
    }
};

Client::Client(std::shared_ptr<HttpTransport> transport, std::string url, Authorizers authorizers,
               ClientOptions options)
    : state_(std::make_unique<State>()) {
    Endpoint& endpoint = state_->endpoint;
    endpoint.transport = std::move(transport);
    endpoint.url = std::move(url);
    endpoint.authorizers = std::move(authorizers);
    endpoint.wire.protocol = options.protocol;
    endpoint.options = std::move(options);
}

Client::~Client() = default;

Answer<ServerInfo> Client::State::handshake(const Bounds& bounds) {
    Wire& wire = endpoint.wire;
    wire.version.clear();
    wire.session.clear();
    Answer<Exchanged> answer =
        ask(endpoint, opening_method(wire), opening_params(wire, endpoint.options), {}, {}, bounds);
    if (!answer) return answer.failure();

    ServerInfo info;
    info.protocol_version = std::string(answer->result.string("protocolVersion"));
    if (std::find(handshake_versions.begin(), handshake_versions.end(), info.protocol_version) ==
        handshake_versions.end())
        return broken(
            "the server answered `initialize` with a protocol version that this client "
            "does not speak");
    const std::string_view session = answer->head.header("Mcp-Session-Id");
    if (!usable_session(session)) return broken("Mcp-Session-Id is not visible ASCII");
    take_implementation(answer->result.find("serverInfo"), info);
    info.instructions = std::string(answer->result.string("instructions"));
    if (const json::Value* capabilities = answer->result.find("capabilities"))
        info.capabilities = *capabilities;

    wire.version = info.protocol_version;
    wire.session = std::string(session);
    Outgoing initialized;
    initialized.method = "notifications/initialized";
    initialized.headers = message_headers(wire, initialized.method, {});
    initialized.body = notification_text(initialized.method);
    if (Result<void> told = tell(endpoint, initialized, bounds); !told) return told.error();
    return info;
}

Answer<ServerInfo> Client::State::discover(const Bounds& bounds) {
    const Wire& wire = endpoint.wire;
    Answer<Exchanged> answer =
        ask(endpoint, opening_method(wire), opening_params(wire, endpoint.options), {}, {}, bounds);
    if (!answer) return answer.failure();
    ServerInfo info;
    info.protocol_version = std::string(to_string(wire.protocol));
    take_implementation(answer->result.find("serverInfo"), info);
    if (const json::Value* meta = answer->result.find("_meta"))
        take_implementation(meta->find("io.modelcontextprotocol/serverInfo"), info);
    info.instructions = std::string(answer->result.string("instructions"));
    if (const json::Value* capabilities = answer->result.find("capabilities"))
        info.capabilities = *capabilities;
    return info;
}

Answer<ServerInfo> Client::open(const Bounds& bounds) {
    return state_->open(bounds);
}

Answer<ToolList> Client::tools(const Bounds& bounds) {
    State& state = *state_;
    return state.in_session([&] { return list_tools(state.endpoint, state.mirrored, bounds); },
                            bounds);
}

Answer<ToolResult> Client::call(std::string_view tool, const json::Value& arguments,
                                const Bounds& bounds) {
    State& state = *state_;
    const auto attempt = [&] {
        return call_tool(state.endpoint, state.mirrored, tool, arguments, bounds);
    };
    Answer<ToolResult> said = state.in_session(attempt, bounds);
    if (said || !said.failure().rpc || said.failure().rpc->code != header_mismatch) return said;
    // 2026-07-28 "Client Behavior": the tool's schema may have changed. Nothing was executed.
    if (Answer<ToolList> listed = tools(bounds); !listed) return listed.failure();
    return attempt();
}

void Client::close(const Bounds& bounds) noexcept {
    Endpoint& endpoint = state_->endpoint;
    if (endpoint.wire.session.empty()) return;
    try {
        Outgoing goodbye;
        goodbye.http_method = "DELETE";
        goodbye.method = "close";
        goodbye.headers = {{"MCP-Protocol-Version", endpoint.wire.version},
                           {"Mcp-Session-Id", endpoint.wire.session}};
        endpoint.wire.session.clear();
        // A server may refuse (405) and forget the session by itself.
        (void)tell(endpoint, goodbye, bounds);
    } catch (...) {  // out of memory: nothing was promised
    }
}

}  // namespace mcp_auth::mcp
