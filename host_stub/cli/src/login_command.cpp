// mcp-auth login - signs in at the enterprise's identity provider, in the browser or, where there
// is none, on another device.
#include "commands.hpp"
#include "invocation.hpp"
#include "session_options.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <optional>

namespace mcp_auth::cli {
namespace {

struct LoginArguments {
    SignIn how;
    bool device = false;
    std::optional<long> max_age;
};

std::string duration_of(std::chrono::seconds lifetime) {
    const auto minutes = lifetime.count() / 60;
    return minutes > 0 ? std::to_string(minutes) + " minutes"
                       : std::to_string(lifetime.count()) + " seconds";
}

// For a person at the terminal, like all progress.
void show(const DevicePrompt& prompt, const Terminal& err) {
    std::string text = "Open " + err.cyan(printable(prompt.verification_uri)) +
                       " in any browser and enter " + err.bold(printable(prompt.user_code)) +
                       " within " + duration_of(prompt.lifetime) + ".\n";
    if (!prompt.verification_uri_complete.empty())
        text +=
            "With the code in it: " + err.cyan(printable(prompt.verification_uri_complete)) + "\n";
    (void)err.write(text);
}

int run(LoginArguments arguments, const Invocation& run) {
    const Result<Host> host = run.open_host();
    if (!host) return run.fail(host.error());
    SignIn& how = arguments.how;
    if (arguments.max_age) how.max_age = std::chrono::seconds(*arguments.max_age);
    if (arguments.device)
        how.device = [&run](const DevicePrompt& prompt) { show(prompt, run.err()); };
    else
        run.note("waiting for you to sign in in the browser");
    const Result<SignedIn> who = host->sign_in(how, run.bounds());
    if (!who) return run.fail(who.error());
    return run.finish("signed in: " + account_of(*who, run.out()));
}

}  // namespace

void add_login(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<LoginArguments>();
    CLI::App* command =
        app.add_subcommand("login", "Sign in at the enterprise's identity provider");
    add_session_options(*command, arguments->how.which);
    command->add_flag("--device", arguments->device,
                      "There is no browser here: show a code to enter on another device");
    command
        ->add_option(
            "--max-age", arguments->max_age,
            "Ask again unless you signed in at most SECONDS ago; an error that wants it says so")
        ->type_name("SECONDS")
        ->check(CLI::Range(0L, 315360000L).description(""));
    command
        ->add_option("--acr-values", arguments->how.acr_values,
                     "A stronger way of signing in, in the words of the error that wants it")
        ->type_name("ACR");
    command->footer(
        "Opens the browser ($BROWSER, else the desktop's), and waits for you there. The session "
        "is\n"
        "renewed by itself and kept until mcp-auth logout; mcp-auth whoami says where. Sessions "
        "are\n"
        "what a provider's \"subject\" names: {\"type\": \"id_token\", \"from\": {\"session\": "
        "NAME}}.");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Invocation& invocation) { return run(*arguments, invocation); };
    });
}

}  // namespace mcp_auth::cli
