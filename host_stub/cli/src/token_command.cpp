// mcp-auth token SERVER_URL - the access token, and nothing else, on stdout.
#include "acquisition.hpp"
#include "commands.hpp"
#include "token_text.hpp"

#include <CLI/App.hpp>

#include <memory>

namespace mcp_auth::cli {
namespace {

struct TokenArguments {
    std::string url;
    std::string format = "token";
    std::string scope;
};

int run(const TokenArguments& arguments, const Invocation& run) {
    Result<Options> options = run.host_options();
    if (!options) return run.fail(options.error());
    const mcp::ClientOptions client = run.client_options(*options);
    Result<Host> host = Host::open(std::move(*options));
    if (!host) return run.fail(host.error());
    Result<AccessToken> token = acquire(run, *host, arguments.url, arguments.scope, client);
    if (!token) return run.fail(token.error());
    return run.finish(token_text(*token, arguments.format).reveal());
}

}  // namespace

void add_token(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<TokenArguments>();
    CLI::App* command = app.add_subcommand("token", "Print an access token for an MCP server");
    command->add_option("SERVER_URL", arguments->url, "The MCP server, as clients ask it")
        ->required();
    command->add_option("--format", arguments->format, "token, header (for curl -H) or json")
        ->check(CLI::IsMember({"token", "header", "json"}))
        ->type_name("FORMAT");
    command->add_option("--scope", arguments->scope, "Ask for this scope instead, space separated")
        ->type_name("SCOPE");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Invocation& invocation) { return run(*arguments, invocation); };
    });
}

}  // namespace mcp_auth::cli
