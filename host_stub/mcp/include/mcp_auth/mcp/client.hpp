// mcp_auth/mcp/client.hpp - a minimal MCP client: Streamable HTTP, both wires, tools.
//
//     mcp::Client client(host.transport(), url, mcp::authorize_by(*chat), {});
//     auto server = client.open(bounds);             // initialize, or server/discover
//     auto tools = client.tools(bounds);
//     auto said = client.call("search", arguments, bounds);
//     client.close(bounds);                          // ends the session, if there is one
//
// One thread at a time. Redirects are never followed: a token goes to the URL it was given, or
// nowhere. Nothing throws.
#pragma once

#include <mcp_auth/host/audit.hpp>
#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/mcp/answer.hpp>
#include <mcp_auth/mcp/authorizer.hpp>
#include <mcp_auth/mcp/protocol.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::mcp {

struct ClientOptions {
    Protocol protocol = Protocol::handshake_2025_11_25;
    std::string name = "mcp-auth";  // clientInfo
    std::string version = "0";
    std::size_t max_message_bytes = 4 * 1024 * 1024;  // of one message, in JSON or as an event
    std::size_t max_tools = 10'000;                   // over all pages
    std::shared_ptr<AuditSink> audit;  // one leg event a request, leg "mcp"; none: none
    std::shared_ptr<Clock> clock;      // times them; none: the system's
};

// What the server says of itself. Untrusted text: for people, not for decisions.
struct ServerInfo {
    std::string protocol_version;  // the one spoken from here on
    std::string name, title, version;
    std::string instructions;
    json::Value capabilities;
};

struct Tool {
    std::string name, title, description;
    json::Value input_schema;
};

struct ToolList {
    std::vector<Tool> tools;
    // Left out because their definition breaks the x-mcp-header rules: name, reason.
    std::vector<std::pair<std::string, std::string>> refused;
};

struct ToolResult {
    bool is_error = false;     // the tool itself failed; `result` says how
    json::Value result;        // "content", "structuredContent", ...
    std::string text() const;  // of the text items in "content", one a line
};

class Client {
public:
    Client(std::shared_ptr<HttpTransport> transport, std::string url, Authorizers authorizers,
           ClientOptions options);
    ~Client();  // sends nothing; see close()
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // All of them block within `bounds`; without a deadline, a stream that breaks off before its
    // answer is read on for ten minutes at most (`deadline`). Failures carry, besides those of
    // Connection and HttpTransport: protocol (not MCP, or not a version known here), unavailable
    // (429, 5xx, a stream that ended early), misconfigured (no MCP endpoint at this URL),
    // unsupported (the tool asks the user something, which this client cannot).

    Answer<ServerInfo> open(const Bounds& bounds);
    Answer<ToolList> tools(const Bounds& bounds);
    // `arguments` is an object. The stateless wire mirrors annotated arguments into headers, as
    // the list of tools says: call tools() before.
    Answer<ToolResult> call(std::string_view tool, const json::Value& arguments,
                            const Bounds& bounds);
    // DELETE of the session, best effort; nothing on the stateless wire. Idempotent.
    void close(const Bounds& bounds) noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Sends the first message of the wire once, as it is, and gives back the bare HTTP answer: what a
// client that has no token yet learns from an MCP server (its challenge, protocol.md A4).
Result<HttpResponse> probe(HttpTransport& transport, const std::string& url, const Headers& headers,
                           const ClientOptions& options, const Bounds& bounds);

}  // namespace mcp_auth::mcp
