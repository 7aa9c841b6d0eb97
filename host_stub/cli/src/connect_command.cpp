// mcp-auth connect SERVER_URL - an MCP session: handshake, tools, and one call if asked for.
#include "commands.hpp"
#include "invocation.hpp"

#include <CLI/App.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace mcp_auth::cli {
namespace {

struct ConnectArguments {
    std::string url;
    std::string protocol = "2025-11-25";
    std::string scope;
    std::string call;
    std::string arguments = "{}";
    bool json = false;
};

struct Session {
    mcp::ServerInfo server;
    mcp::ToolList list;
    std::optional<mcp::ToolResult> said;
};

mcp::Answer<Session> hold(mcp::Client& client, const ConnectArguments& arguments,
                          const json::Value& call_arguments, const Bounds& bounds) {
    mcp::Answer<mcp::ServerInfo> server = client.open(bounds);
    if (!server) return server.failure();
    mcp::Answer<mcp::ToolList> list = client.tools(bounds);
    if (!list) return list.failure();
    Session session{std::move(*server), std::move(*list), std::nullopt};
    if (!arguments.call.empty()) {
        mcp::Answer<mcp::ToolResult> said = client.call(arguments.call, call_arguments, bounds);
        if (!said) return said.failure();
        session.said = std::move(*said);
    }
    return session;
}

std::string as_json(const Session& session) {
    json::Value server = json::Value::object();
    server.set("name", session.server.name).set("version", session.server.version);
    if (!session.server.title.empty()) server.set("title", session.server.title);
    if (!session.server.instructions.empty())
        server.set("instructions", session.server.instructions);
    json::Value tools = json::Value::array();
    for (const mcp::Tool& tool : session.list.tools) {
        json::Value entry = json::Value::object();
        entry.set("name", tool.name);
        if (!tool.title.empty()) entry.set("title", tool.title);
        if (!tool.description.empty()) entry.set("description", tool.description);
        tools.push(std::move(entry.set("inputSchema", tool.input_schema)));
    }
    json::Value whole = json::Value::object();
    whole.set("protocol", session.server.protocol_version)
        .set("server", std::move(server))
        .set("capabilities", session.server.capabilities)
        .set("tools", std::move(tools));
    if (session.said) whole.set("result", session.said->result);
    return whole.dump(2) + "\n";
}

std::string as_text(const Session& session, const Terminal& terminal) {
    const auto row = [&](std::string_view name, const std::string& value) {
        return value.empty() ? std::string()
                             : terminal.dim(padded(name, 10)) + printable(value) + "\n";
    };
    const std::string& title = session.server.title;
    std::string name = title.empty() ? session.server.name : title;
    if (!session.server.version.empty()) name += " " + session.server.version;
    std::string text = row("server", name) + row("protocol", session.server.protocol_version) +
                       row("says", session.server.instructions) +
                       row("tools", std::to_string(session.list.tools.size()));
    std::size_t width = 0;
    for (const mcp::Tool& tool : session.list.tools) width = std::max(width, tool.name.size());
    for (const mcp::Tool& tool : session.list.tools)
        text += "  " +
                terminal.bold(padded(printable(tool.name), std::min<std::size_t>(width, 40))) +
                "  " + printable(tool.title.empty() ? tool.description : tool.title) + "\n";
    if (!session.said) return text;
    std::string words = session.said->text();
    if (words.empty()) words = session.said->result.dump(2);
    return text + "\n" + printable(words, true) + "\n";
}

int run(const ConnectArguments& arguments, const Invocation& run) {
    Result<json::Value> call_arguments = json::parse(arguments.arguments);
    if (!call_arguments || !call_arguments->is_object())
        return run.fail(Error(Status::invalid_argument, "", "--arguments is no JSON object"));
    Result<Options> options = run.host_options();
    if (!options) return run.fail(options.error());
    mcp::ClientOptions client_options = run.client_options(*options);
    client_options.protocol = *mcp::protocol_from(arguments.protocol);
    Result<Host> host = Host::open(std::move(*options));
    if (!host) return run.fail(host.error());
    Result<Connection> connection = host->connection(arguments.url);
    if (!connection) return run.fail(connection.error());

    mcp::Client client(host->transport(), arguments.url,
                       mcp::authorize_by(*connection, run.wait(arguments.scope)), client_options);
    mcp::Answer<Session> session = hold(client, arguments, *call_arguments, run.bounds());
    client.close(run.bounds());
    if (!session) return run.fail(session.failure());
    for (const auto& [name, reason] : session->list.refused) {
        std::string left_out = "the tool \"";
        run.note(left_out.append(name).append("\" is left out: ").append(reason));
    }
    const int written =
        run.finish(arguments.json ? as_json(*session) : as_text(*session, run.out()));
    if (written != 0 || !session->said || !session->said->is_error) return written;
    run.note("the tool \"" + arguments.call + "\" answered with an error");
    return exit_mcp_error;
}

}  // namespace

void add_connect(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<ConnectArguments>();
    CLI::App* command =
        app.add_subcommand("connect", "Hold an MCP session: handshake, tools, one call");
    command->add_option("SERVER_URL", arguments->url, "The MCP server")->required();
    command
        ->add_option("--protocol", arguments->protocol,
                     "2025-11-25 (initialize; an older version that the server answers is taken) "
                     "or 2026-07-28 (stateless); default 2025-11-25")
        ->check(CLI::IsMember({"2025-11-25", "2026-07-28"}))
        ->type_name("VERSION");
    command->add_option("--scope", arguments->scope, "Ask for this scope instead, space separated")
        ->type_name("SCOPE");
    CLI::Option* call =
        command->add_option("--call", arguments->call, "Call this tool")->type_name("TOOL");
    command->add_option("--arguments", arguments->arguments, "Its arguments, a JSON object")
        ->type_name("JSON")
        ->needs(call);
    command->add_flag("--json", arguments->json, "Print one JSON document");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Invocation& invocation) { return run(*arguments, invocation); };
    });
}

}  // namespace mcp_auth::cli
