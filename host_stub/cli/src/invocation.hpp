// One run of the command: what was asked of all commands, and what each of them needs.
#pragma once

#include "report.hpp"
#include "terminal.hpp"

#include <mcp_auth/host.hpp>
#include <mcp_auth/mcp/client.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth::cli {

struct GlobalOptions {
    std::string config;
    std::string manifest;
    std::string audit;
    bool trace = false;
    double timeout = 0;  // seconds; 0: the configuration's limits
};

class Invocation {
public:
    Invocation(const GlobalOptions& options, Cancellation cancellation);

    const GlobalOptions& options() const noexcept { return options_; }
    const Terminal& out() const noexcept { return out_; }
    const Terminal& err() const noexcept { return err_; }

    // One deadline and one cancellation for all that this run waits for. `interaction`: whether a
    // browser may be opened for it, as a person who types a command expects (design.md).
    const Bounds& bounds() const noexcept { return bounds_; }
    Wait wait(const std::string& scope = {}) const;

    // --config, --manifest, where events go (--trace, --audit and `also`), and the store that
    // outlives this run.
    Result<Options> host_options(std::shared_ptr<AuditSink> also = {}) const;
    Result<Host> open_host() const;
    mcp::ClientOptions client_options(const Options& host_options) const;

    // Writes the result to stdout; the exit code is `code`, or that of the failure to write.
    int finish(std::string_view text, int code = 0) const;
    // Writes the account of an error to stderr; its exit code.
    int fail(const Error& error) const;
    int fail(const mcp::Failure& failure) const;
    void note(std::string_view text) const;  // one line to stderr

private:
    GlobalOptions options_;
    Terminal out_;
    Terminal err_;
    Bounds bounds_;
};

}  // namespace mcp_auth::cli
