#include "session_options.hpp"

#include <CLI/App.hpp>
// App.hpp only names these; whoever links a part of the command links all of it.
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <time.h>

#include <array>
#include <chrono>

namespace mcp_auth::cli {
namespace {

std::string in_utc(std::chrono::system_clock::time_point when) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    std::array<char, 32> text{};
    if (gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        return "(unknown)";
    return text.data();
}

}  // namespace

void add_session_options(CLI::App& command, SessionChoice& which) {
    command
        .add_option("--session", which.session,
                    "Which session, where the configuration has several")
        ->type_name("NAME");
    command.add_option("--provider", which.provider, "Or which provider's subject it is")
        ->type_name("NAME");
}

std::string account_of(const SignedIn& who, const Terminal& terminal) {
    const auto row = [&](std::string_view name, const std::string& value) {
        return "  " + terminal.dim(padded(name, 10)) + printable(value) + "\n";
    };
    const std::string until =
        in_utc(who.expires_at) + (who.renewable ? ", renewed before that" : ", then sign in again");
    return terminal.bold(printable(who.name.empty() ? who.subject : who.name)) + "\n" +
           row("subject", who.subject) + row("at", who.issuer) + row("client", who.client_id) +
           row("session", who.session) + row("until", until) + row("kept", who.kept);
}

}  // namespace mcp_auth::cli
