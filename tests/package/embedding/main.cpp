// embedding SERVER_URL - asks the MCP server in each of the ways that README.md shows, with the
// configuration of $MCP_AUTH_CONFIG. Prints what each was answered; exits 1 where one was not.
#include "your_http.hpp"
#include "your_mcp_client.hpp"

#include <cstdio>
#include <memory>

// What README.md defines.
mcp_auth::Result<Response> ask(const mcp_auth::Host& host, const std::string& url,
                               const std::string& body);
mcp_auth::Result<std::string> call_tool(McpClient& client, const mcp_auth::Connection& connection,
                                        const std::string& tool, const std::string& arguments);
std::size_t every_function();

namespace {

// An application has its own; this one borrows the library's.
std::shared_ptr<mcp_auth::HttpTransport> transport;

constexpr const char* handshake =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"embedding","version":"1"}}})";

int tell(const char* what, const mcp_auth::Result<std::string>& answer) {
    const bool good = answer && answer->find("serverInfo") != std::string::npos;
    std::printf("%s: %s\n", what,
                good     ? "answered"
                : answer ? answer->c_str()
                         : answer.error().message.c_str());
    return good ? 0 : 1;
}

}  // namespace

Response post(const std::string& url, const mcp_auth::Headers& headers, const std::string& body) {
    mcp_auth::HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = headers;
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("Accept", "application/json, text/event-stream");
    request.body = body;
    auto response = transport->send(request, {});
    if (!response) return {0, {}, response.error().message};
    return {response->status, response->headers, response->body};
}

std::string McpClient::call_tool(const std::string&, const std::string&) {
    const auto response = post(url_, {headers_.begin(), headers_.end()}, handshake);
    if (response.status != 200) throw HttpError(response.status, response.headers);
    return response.body;
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::string url = argv[1];
    auto host = mcp_auth::Host::open({});
    if (!host) return tell("open", host.error());
    transport = host->transport();
    int failed = every_function() == 0;

    auto response = ask(*host, url, handshake);
    failed += response ? tell("ask", std::move(response->body)) : tell("ask", response.error());

    auto connection = host->connection(url);
    if (!connection) return tell("connection", connection.error());
    McpClient client(url);
    failed += tell("call_tool", call_tool(client, *connection, "whoami", "{}"));
    // The token of the first, from the cache.
    McpClient keeps_a_token(url);
    if (auto token = connection->token()) keeps_a_token.set_auth_token(std::string(token->value()));
    failed += tell("set_auth_token", keeps_a_token.call_tool("whoami", "{}"));
    host->close();
    return failed == 0 ? 0 : 1;
}
