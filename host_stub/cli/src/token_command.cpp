// mcp-auth token SERVER_URL - the access token, and nothing else, on stdout.
#include "acquisition.hpp"
#include "commands.hpp"

#include <mcp_auth/secret.hpp>

#include <CLI/App.hpp>

#include <memory>

namespace mcp_auth::cli {
namespace {

struct TokenArguments {
    std::string url;
    std::string format = "token";
    std::string scope;
};

std::string shown(const AccessToken& token, const std::string& format) {
    std::string value(token.value());
    std::string text;
    if (format == "header") {
        text = "Authorization: " + std::string(token.type()) + " " + value + "\n";
    } else if (format == "json") {
        json::Value object = json::Value::object();
        const auto expires_at =
            std::chrono::duration_cast<std::chrono::seconds>(token.expires_at().time_since_epoch());
        object.set("access_token", value)
            .set("token_type", token.type())
            .set("expires_at", std::int64_t{expires_at.count()})
            .set("scope", token.scope());
        text = object.dump() + "\n";
    } else {
        text = value + "\n";
    }
    wipe(value);  // L5
    return text;
}

int run(const TokenArguments& arguments, const Invocation& run) {
    Result<Options> options = run.host_options();
    if (!options) return run.fail(options.error());
    const mcp::ClientOptions client = run.client_options(*options);
    Result<Host> host = Host::open(std::move(*options));
    if (!host) return run.fail(host.error());
    Result<AccessToken> token = acquire(run, *host, arguments.url, arguments.scope, client);
    if (!token) return run.fail(token.error());
    std::string text = shown(*token, arguments.format);
    const int code = run.finish(text);
    wipe(text);
    return code;
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
