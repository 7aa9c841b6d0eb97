// mcp_auth/host/audit.hpp - what happened, one event a leg; redacted by type (protocol.md L4).
//
// Events never hold a token, an assertion, a secret, or a part of one: they are built only from
// names, origins, statuses and counts.
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth {

struct AuditEvent {
    enum class Kind {
        leg,      // one step of an acquisition: a request to a peer, or a check
        log,      // a plugin's or the host's own remark
        outcome,  // the end of an acquisition
        // A plugin was loaded or refused: `event` says which, `fields` have its "id" and "version",
        // the paths of "manifest" and "library", the library's "sha256", and the "rule" that let it
        // in (PluginReport::rule) or the "reason" why not. What is not known is left out: a
        // manifest that cannot be read has no id. One event a plugin, when it is first needed or
        // listed; a manifest that is refused itself, when the host is opened.
        plugin,
    };
    Kind kind = Kind::leg;
    std::int64_t at = 0;            // Unix seconds
    std::uint64_t acquisition = 0;  // joins the events of one acquisition; 0: none
    std::string connection;         // name; empty: none
    std::string provider;           // key of "providers"; empty: none
    std::string user;               // the handle's id; empty: the configured subject
    std::string leg;    // "resource_metadata", "server_metadata", "subject", "exchange",
                        // "id_jag_check", "redemption", "registration", ...
    std::string peer;   // origin that was asked; empty: none
    std::string event;  // constant text: "asked", "checked", "cached", "refused", ...
    Status status = Status::ok;
    int http_status = 0;
    std::chrono::microseconds duration{0};
    std::string correlation;  // the peer's request id, from its response; none where it is no
                              // short word, or repeats what was sent or issued (L4)
    // What varies, by names that are known to be harmless; any other value arrives as "[redacted]".
    std::vector<std::pair<std::string, std::string>> fields;
};

class MCP_AUTH_HOST_API AuditSink {
public:
    virtual ~AuditSink() = default;
    // Any thread. Must not block for long, must not throw, must not call the host.
    virtual void record(const AuditEvent& event) noexcept = 0;
};

// One JSON object a line, appended to the file (created with mode 0600).
MCP_AUTH_HOST_API Result<std::shared_ptr<AuditSink>> json_lines_audit(const std::string& path);

}  // namespace mcp_auth
