// mcp_auth/host/diagnosis.hpp - why there is no token: each step of an acquisition, looked at one
// after the other, on past a fault as far as that makes sense.
//
//     auto diagnosis = mcp_auth::diagnose(options, "https://mcp.chat.example/mcp", probe, bounds);
//     for (const auto& finding : diagnosis.findings) show(finding.step, finding.summary);
//     return diagnosis.status();  // of the first fault
//
// It goes the way of an acquisition, in the same code, up to the first request that would carry a
// secret, an assertion or a token, or would register a client: that one is built and checked, and
// not sent. What is asked over the network is the MCP server without a token, and metadata.
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/host/options.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth {

struct Finding {
    enum class Verdict {
        good,
        note,   // no fault by itself, but worth knowing
        fault,  // `error` says what, why and what to do
    };
    // "configuration", "connection", "plugin", "server", "resource_metadata", "server_metadata",
    // "client", "subject", "request", "clock", ...
    std::string step;
    Verdict verdict = Verdict::good;
    std::string summary;  // one sentence
    // What was looked up, found, compared: names and values, in order; a name may come twice. None
    // holds a secret, a token, an assertion or a part of one (L4). Peers' words among them are
    // stripped of control characters.
    std::vector<std::pair<std::string, std::string>> facts;
    std::optional<Error> error;  // of a fault
};

struct MCP_AUTH_HOST_API Diagnosis {
    std::vector<Finding> findings;
    // Of the first fault; ok when there is none.
    Status status() const noexcept;
    // Whether a finding says this already. A client's own fault comes back at whichever leg would
    // have used the client.
    bool holds(const Error& error) const noexcept;
};

// How the MCP server is asked for its challenge, without a token: an MCP client's first message.
using Probe = std::function<Result<HttpResponse>(HttpTransport&, const Bounds&)>;

// Blocks for disk and network. `options` as for Host::open. Commands that the configuration names
// for secrets are run. Any thread.
MCP_AUTH_HOST_API Diagnosis diagnose(const Options& options, const std::string& server_url,
                                     const Probe& probe, const Bounds& bounds);

}  // namespace mcp_auth
