// mcp-auth logout - forgets the session, and has the identity provider take back what it granted.
#include "commands.hpp"
#include "invocation.hpp"
#include "session_options.hpp"

#include <CLI/App.hpp>

#include <memory>

namespace mcp_auth::cli {
namespace {

int run(const SessionChoice& which, const Invocation& run) {
    const Result<Host> host = run.open_host();
    if (!host) return run.fail(host.error());
    const Result<SignedOut> out = host->sign_out(which, run.bounds());
    if (!out) return run.fail(out.error());
    if (!out->was_signed_in) return run.finish("nobody was signed in\n");
    if (!out->revoked)
        run.note("the identity provider was not told to revoke anything: " +
                 out->not_revoked_because);
    return run.finish(out->revoked
                          ? "signed out, and the identity provider has revoked the session\n"
                          : "signed out\n");
}

}  // namespace

void add_logout(CLI::App& app, Command& chosen) {
    auto which = std::make_shared<SessionChoice>();
    CLI::App* command =
        app.add_subcommand("logout", "Sign out: forget the session and all that came of it");
    add_session_options(*command, *which);
    command->footer(
        "Asks the identity provider to take the refresh token back; what it does not take back is\n"
        "said. A client that registered itself is forgotten, too. An access token that another\n"
        "program holds is good until it expires.");
    command->callback([which, &chosen] {
        chosen = [which](const Invocation& invocation) { return run(*which, invocation); };
    });
}

}  // namespace mcp_auth::cli
