#include "invocation.hpp"

#include "terminal_browser.hpp"
#include "trace_printer.hpp"

#include <unistd.h>

#include <utility>
#include <vector>

namespace mcp_auth::cli {
namespace {

class Several final : public AuditSink {
public:
    explicit Several(std::vector<std::shared_ptr<AuditSink>> sinks) : sinks_(std::move(sinks)) {}
    void record(const AuditEvent& event) noexcept override {
        for (const auto& sink : sinks_) sink->record(event);
    }

private:
    std::vector<std::shared_ptr<AuditSink>> sinks_;
};

Deadline deadline_after(double seconds) {
    if (seconds <= 0) return {};
    return std::chrono::steady_clock::now() +
           std::chrono::duration_cast<std::chrono::steady_clock::duration>(
               std::chrono::duration<double>(seconds));
}

}  // namespace

Invocation::Invocation(const GlobalOptions& options, Cancellation cancellation)
    : options_(options),
      out_(STDOUT_FILENO),
      err_(STDERR_FILENO),
      bounds_{deadline_after(options.timeout), std::move(cancellation)} {}

Wait Invocation::wait(const std::string& scope) const {
    Wait wait;
    wait.deadline = bounds_.deadline;
    wait.cancellation = bounds_.cancellation;
    wait.interaction = true;
    wait.scope = scope;
    return wait;
}

Result<Options> Invocation::host_options(std::shared_ptr<AuditSink> also) const {
    Options options;
    options.config_file = options_.config;
    options.manifest_file = options_.manifest;
    options.browser = terminal_browser(system_browser(), err_);
    // Without a place to keep things in, nothing is kept.
    if (const std::string state = default_state_directory(); !state.empty())
        options.store = Store::file(state + "/store");
    std::vector<std::shared_ptr<AuditSink>> sinks;
    if (also) sinks.push_back(std::move(also));
    if (options_.trace) sinks.push_back(std::make_shared<TracePrinter>(err_));
    if (!options_.audit.empty()) {
        auto file = json_lines_audit(options_.audit);
        if (!file) return file.error();
        sinks.push_back(std::move(*file));
    }
    if (sinks.size() == 1) options.audit = std::move(sinks.front());
    if (sinks.size() > 1) options.audit = std::make_shared<Several>(std::move(sinks));
    return options;
}

Result<Host> Invocation::open_host() const {
    Result<Options> options = host_options();
    if (!options) return options.error();
    return Host::open(std::move(*options));
}

mcp::ClientOptions Invocation::client_options(const Options& host_options) const {
    mcp::ClientOptions options;
    options.version = MCP_AUTH_VERSION;
    options.audit = host_options.audit;
    return options;
}

int Invocation::finish(std::string_view text, int code) const {
    if (Result<void> written = out_.write(text); !written) return fail(written.error());
    return code;
}

int Invocation::fail(const Error& error) const {
    // Nobody is left to tell when stderr is gone too; the exit code still says it.
    (void)err_.write(account_of(error, err_));
    return exit_code(error.status);
}

int Invocation::fail(const mcp::Failure& failure) const {
    (void)err_.write(account_of(failure, err_));
    return exit_code(failure);
}

void Invocation::note(std::string_view text) const {
    (void)err_.write("mcp-auth: " + printable(text) + "\n");
}

}  // namespace mcp_auth::cli
