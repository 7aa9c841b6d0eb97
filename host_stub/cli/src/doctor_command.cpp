// mcp-auth doctor SERVER_URL - each step of an acquisition in plain words, and what is wrong.
#include "acquisition.hpp"
#include "commands.hpp"
#include "doctor_report.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <mutex>

namespace mcp_auth::cli {
namespace {

struct DoctorArguments {
    std::string url;
    bool json = false;
    bool acquire = false;
};

class LegList final : public AuditSink {
public:
    void record(const AuditEvent& event) noexcept override {
        try {
            const std::lock_guard lock(mutex_);
            legs_.push_back(event);
        } catch (const std::exception&) {  // out of memory: a leg less is shown
        }
    }
    Legs take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(legs_, {});
    }

private:
    std::mutex mutex_;
    Legs legs_;
};

Finding fault(std::string summary, const Error& error) {
    Finding finding;
    finding.step = "acquisition";
    finding.verdict = Finding::Verdict::fault;
    finding.summary = std::move(summary);
    finding.error = error;
    return finding;
}

// Shows the token to the server, as an MCP client would: what it says of it is the last thing that
// can be wrong.
Finding show_token(const DoctorArguments& arguments, const Invocation& run, const Host& host,
                   const mcp::ClientOptions& client) {
    Result<Connection> connection = host.connection(arguments.url);
    if (!connection) return fault("There is no way to the server.", connection.error());
    Request request = connection->request(run.wait());
    Result<HttpResponse> answer = Error{};
    do {
        Result<Headers> headers = request.authorize("POST", arguments.url);
        if (!headers) return fault("The server's token could not be had.", headers.error());
        const WipedHeaders shown(*headers);
        answer = mcp::probe(*host.transport(), arguments.url, *headers, client, run.bounds());
        if (!answer) return fault("The server gave no answer to the token.", answer.error());
    } while (request.again(answer->status, answer->headers));
    if (request.error()) return fault("The server refused the token.", *request.error());
    Finding finding;
    finding.step = "acquisition";
    finding.summary = "A token was acquired, and the server took it.";
    finding.facts.emplace_back("HTTP status", std::to_string(answer->status));
    if (request.token()) {
        finding.facts.emplace_back("token type", std::string(request.token()->type()));
        finding.facts.emplace_back("scope", std::string(request.token()->scope()));
    }
    return finding;
}

Finding acquisition(const DoctorArguments& arguments, const Invocation& run, const Options& options,
                    const mcp::ClientOptions& client) {
    Result<Host> host = Host::open(options);
    if (!host) return fault("No token can be acquired.", host.error());
    Result<AccessToken> token = acquire(run, *host, arguments.url, {}, client);
    if (!token) return fault("No token was acquired.", token.error());
    return show_token(arguments, run, *host, client);
}

int run(const DoctorArguments& arguments, const Invocation& run) {
    Result<Options> options = run.host_options();
    if (!options) return run.fail(options.error());
    const mcp::ClientOptions client = run.client_options(*options);
    const Probe probe = [&](HttpTransport& transport, const Bounds& bounds) {
        return mcp::probe(transport, arguments.url, {}, client, bounds);
    };
    Diagnosis diagnosis = diagnose(*options, arguments.url, probe, run.bounds());
    const auto legs = std::make_shared<LegList>();
    if (arguments.acquire) {
        Result<Options> listened = run.host_options(legs);
        if (!listened) return run.fail(listened.error());
        Finding last = acquisition(arguments, run, *listened, run.client_options(*listened));
        if (!last.error || !diagnosis.holds(*last.error))
            diagnosis.findings.push_back(std::move(last));
    }
    const Legs taken = legs->take();
    return run.finish(arguments.json ? diagnosis_as_json(diagnosis, taken, arguments.url)
                                     : diagnosis_as_text(diagnosis, taken, run.out()),
                      exit_code(diagnosis.status()));
}

}  // namespace

void add_doctor(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<DoctorArguments>();
    CLI::App* command = app.add_subcommand(
        "doctor", "Explain each step to a token, and what is wrong; sends no secret");
    command->add_option("SERVER_URL", arguments->url, "The MCP server's URL, as clients ask it")
        ->required();
    command->add_flag("--json", arguments->json, "Print one JSON document, for a script");
    command->add_flag(
        "--acquire", arguments->acquire,
        "Then do it: acquire a token, in the browser if need be, and show it to the server");
    command->footer(
        "Goes the way of an acquisition up to the first request that would carry a secret, which "
        "it\n"
        "shows and does not send. + is fine, ! is a fault with what to do, - is worth knowing. "
        "The\n"
        "exit code is the first fault's.");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Invocation& invocation) { return run(*arguments, invocation); };
    });
}

}  // namespace mcp_auth::cli
