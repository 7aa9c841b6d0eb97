// mcp-auth assertion SERVER_URL - the first leg alone: the assertion on stdout.
#include "commands.hpp"
#include "invocation.hpp"

#include <mcp_auth/secret.hpp>

#include <CLI/App.hpp>

#include <memory>

namespace mcp_auth::cli {
namespace {

struct AssertionArguments {
    std::string url;
    std::string scope;
};

int run(const AssertionArguments& arguments, const Invocation& run) {
    Result<Host> host = run.open_host();
    if (!host) return run.fail(host.error());
    Result<Connection> connection = host->connection(arguments.url);
    if (!connection) return run.fail(connection.error());
    AssertionRequest request;  // audience and resource: those of this server, discovered
    request.scope = arguments.scope;
    Result<Assertion> assertion = connection->assertion(request, run.wait());
    if (!assertion) return run.fail(assertion.error());
    const WipedAtEnd wiped(assertion->value);  // L5
    append_wiping(assertion->value, "\n");
    return run.finish(assertion->value);
}

}  // namespace

void add_assertion(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<AssertionArguments>();
    CLI::App* command = app.add_subcommand(
        "assertion", "Print the assertion alone (an ID-JAG), without redeeming it");
    command->add_option("SERVER_URL", arguments->url, "The MCP server, as clients ask it")
        ->required();
    command->add_option("--scope", arguments->scope, "Ask for this scope, space separated")
        ->type_name("SCOPE");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Invocation& invocation) { return run(*arguments, invocation); };
    });
}

}  // namespace mcp_auth::cli
