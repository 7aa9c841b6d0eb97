#include "report.hpp"

namespace mcp_auth::cli {

std::string_view advice_for(const Error& error) {
    switch (error.status) {
    case Status::denied:
        if (error.leg == "authorization" && error.oauth_error == "access_denied")
            return "if you refused it yourself, start again; if not, it is the server's policy: "
                   "ask "
                   "the administrator";
        return "this is a decision of the enterprise's policy or of the server: ask the "
               "administrator; trying again does not help";
    case Status::interaction_required:
        if (error.leg == "session" || error.leg == "browser") return "";  // the message says it
        return "sign in at the identity provider again (where the subject is a session: mcp-auth "
               "login), so that the configured subject is fresh";
    case Status::unavailable:
        return error.leg == "output" ? "" : "try again later; --trace shows who was asked";
    case Status::protocol:
        return "a peer does not keep to its specification; --trace shows each leg until here";
    case Status::deadline: return "allow more with --timeout; --trace shows what took so long";
    case Status::internal:
        return "this is a bug here or in a plugin: please report it, with the output of --trace";
    case Status::ok:
    case Status::invalid_argument:
    case Status::misconfigured:
    case Status::cancelled:
    case Status::unsupported: return "";
    }
    return "";
}

namespace {

std::string words_of_peer(const Error& error) {
    std::string words = error.oauth_error;
    if (!error.description.empty()) {
        if (!words.empty()) words += ": ";
        words += "\"" + error.description + "\"";
    }
    return printable(words);
}

std::string head_of(const Error& error, std::string_view outcome, const Terminal& terminal) {
    std::string text;
    if (!error.leg.empty()) text += printable(error.leg) + ": ";
    text += terminal.red(outcome);
    if (!error.message.empty()) text += ": " + printable(error.message);
    return text + '\n';
}

std::string details_of(const Error& error, std::string_view advice, const Terminal& terminal) {
    std::string text;
    const auto line = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) text += "  " + terminal.dim(name) + " " + value + "\n";
    };
    line("the peer said:", words_of_peer(error));
    if (error.http_status != 0) line("HTTP status:", std::to_string(error.http_status));
    if (error.max_age) line("sign-in at most:", std::to_string(error.max_age->count()) + " s old");
    line("sign-in with:", printable(error.acr_values));
    if (error.retry_after)
        line("try again after:", std::to_string(error.retry_after->count()) + " s");
    line("what to do:", std::string(advice));
    return text;
}

}  // namespace

int exit_code(Status status) noexcept {
    return static_cast<int>(status);
}

int exit_code(const mcp::Failure& failure) noexcept {
    return failure.rpc ? exit_mcp_error : exit_code(failure.error.status);
}

std::string account_of(const Error& error, const Terminal& terminal) {
    return terminal.bold("mcp-auth: ") + explanation_of(error, terminal);
}

std::string explanation_of(const Error& error, const Terminal& terminal) {
    return head_of(error, to_string(error.status), terminal) +
           details_of(error, advice_for(error), terminal);
}

std::string account_of(const mcp::Failure& failure, const Terminal& terminal) {
    if (!failure.rpc) return account_of(failure.error, terminal);
    // The server was reached and let us in: no status of ours describes what it then said.
    return terminal.bold("mcp-auth: ") + head_of(failure.error, "refused by the server", terminal) +
           details_of(failure.error, {}, terminal);
}

}  // namespace mcp_auth::cli
