// mcp-auth whoami - who is signed in, at which identity provider, until when, and where that is
// kept. No token, and no part of one.
#include "commands.hpp"
#include "invocation.hpp"
#include "session_options.hpp"

#include <CLI/App.hpp>

#include <memory>

namespace mcp_auth::cli {
namespace {

struct WhoamiArguments {
    SessionChoice which;
    bool json = false;
};

std::string as_json(const std::optional<SignedIn>& who) {
    json::Value object = json::Value::object();
    object.set("signed_in", who.has_value());
    if (who) {
        const auto expires_at =
            std::chrono::duration_cast<std::chrono::seconds>(who->expires_at.time_since_epoch());
        object.set("session", who->session)
            .set("issuer", who->issuer)
            .set("client_id", who->client_id)
            .set("subject", who->subject)
            .set("name", who->name)
            .set("expires_at", std::int64_t{expires_at.count()})
            .set("renewable", who->renewable)
            .set("kept", who->kept);
    }
    return object.dump(2) + "\n";
}

int run(const WhoamiArguments& arguments, const Invocation& run) {
    const Result<Host> host = run.open_host();
    if (!host) return run.fail(host.error());
    const Result<std::optional<SignedIn>> who = host->signed_in(arguments.which);
    if (!who) return run.fail(who.error());
    const int code = *who ? 0 : exit_code(Status::interaction_required);
    if (arguments.json) return run.finish(as_json(*who), code);
    if (*who) return run.finish(account_of(**who, run.out()));
    run.note("nobody is signed in: run mcp-auth login");
    return code;
}

}  // namespace

void add_whoami(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<WhoamiArguments>();
    CLI::App* command = app.add_subcommand(
        "whoami", "Say who is signed in, where, until when, and where that is kept");
    add_session_options(*command, arguments->which);
    command->add_flag("--json", arguments->json, "Print one JSON document");
    command->footer("Asks nobody. Exits with 5 when nobody is signed in.");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Invocation& invocation) { return run(*arguments, invocation); };
    });
}

}  // namespace mcp_auth::cli
