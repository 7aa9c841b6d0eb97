// mcp-auth - access tokens for MCP servers, on the command line.
#include "commands.hpp"
#include "interrupt.hpp"
#include "invocation.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <exception>

namespace mcp_auth::cli {
namespace {

void add_global_options(CLI::App& app, GlobalOptions& options) {
    app.add_option("--config", options.config,
                   "Configuration (default: $MCP_AUTH_CONFIG, "
                   "$XDG_CONFIG_HOME/mcp-auth/config.json, /etc/mcp-auth/config.json)")
        ->type_name("FILE");
    app.add_option("--manifest", options.manifest, "A plugin's manifest, before all others")
        ->type_name("FILE");
    app.add_flag("--trace", options.trace, "Show each leg on stderr; never a token");
    app.add_option("--audit", options.audit, "Append each leg to FILE, as one JSON object a line")
        ->type_name("FILE");
    app.add_option("--timeout", options.timeout, "Give up after SECONDS, whatever is going on")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.001, 1e7).description(""));
    app.set_version_flag("--version", MCP_AUTH_VERSION);
}

// Below what each command says of itself.
void add_footers(CLI::App& app) {
    const std::string codes =
        "Exit codes: 0 ok, 1 internal, 2 usage, 3 misconfigured, 4 denied, 5 sign-in required,\n"
        "6 unavailable, 7 protocol, 8 cancelled, 9 deadline, 10 unsupported, 11 MCP or tool "
        "error.";
    for (CLI::App* command : app.get_subcommands({})) {
        std::string text = command->get_footer();
        if (!text.empty()) text += "\n\n";
        text +=
            "With every command: --config, --manifest, --trace, --audit and --timeout "
            "(mcp-auth --help).\n";
        command->footer(text.append(codes));
    }
    app.footer(codes);
}

int run(int argc, char** argv) {
    CLI::App app("Access tokens for MCP servers, from authentication plugins.", "mcp-auth");
    app.require_subcommand(1);
    app.fallthrough();  // options of all commands may stand after the command
    app.failure_message([](const CLI::App* parsed, const CLI::Error& error) {
        std::string what = error.what();
        if (dynamic_cast<const CLI::RequiredError*>(&error) && !parsed->remaining().empty())
            what = "there is no command " + parsed->remaining().front();
        return "mcp-auth: " + what + "\nTry mcp-auth --help.\n";
    });
    GlobalOptions options;
    add_global_options(app, options);
    Command chosen;
    add_demo(app, chosen);
    add_token(app, chosen);
    add_assertion(app, chosen);
    add_connect(app, chosen);
    add_login(app, chosen);
    add_logout(app, chosen);
    add_whoami(app, chosen);
    add_doctor(app, chosen);
    add_plugins(app, chosen);
    add_sign(app, chosen);
    add_validate(app, chosen);
    add_footers(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // Usage is invalid_argument; --help and --version are not errors.
        return app.exit(error) == 0 ? 0 : exit_code(Status::invalid_argument);
    }
    Cancellation cancellation;
    const Interrupt interrupt(cancellation);
    Invocation invocation(options, cancellation);
    return chosen(invocation);
}

}  // namespace
}  // namespace mcp_auth::cli

int main(int argc, char** argv) {
    using namespace mcp_auth;
    try {
        return cli::run(argc, argv);
    } catch (const std::exception&) {
        // what() is not shown: nobody checked that it holds no secret.
        const cli::Terminal err(2);
        (void)err.write(cli::account_of(
            Error(Status::internal, "", "an exception reached the command's edge"), err));
        return cli::exit_code(Status::internal);
    }
}
