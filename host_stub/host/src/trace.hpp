// Where one acquisition's events go, with what they all have in common.
#pragma once

#include <mcp_auth/host/audit.hpp>
#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth::host {

struct Trace {
    std::shared_ptr<AuditSink> sink;  // null: nobody listens
    std::shared_ptr<Clock> clock;
    std::uint64_t acquisition = 0;
    std::string connection, provider, user;
    bool only_counted = false;  // whoever listens reads no correlation ids

    // Fills in what is common and hands the event on. Does nothing without a sink.
    void record(AuditEvent event) const;
    bool listening() const noexcept { return sink != nullptr; }
};

// The peer's own name for this request, from the headers that servers use for it; empty when there
// is none, or when it is not a short word (a peer must not write into our log).
std::string correlation_of(const HttpResponse& response);

// The leg event of one HTTP request: peer origin, HTTP status, duration, correlation id, and the
// status of the transport. A caller who knows better what the answer means sets `status` anew.
// There is no correlation id where it repeats a part of the request (sent_secrets.hpp, and the
// URL's path) or of a successful answer's body (L4).
AuditEvent leg_event(const Trace& trace, std::string_view leg, const HttpRequest& request,
                     const Result<HttpResponse>& answer, Deadline::duration duration);

// Sends `request` once and records its leg event. An Error is given that leg. Retries nothing.
Result<HttpResponse> send_leg(HttpTransport& http, const HttpRequest& request, std::string_view leg,
                              const Trace& trace, const Bounds& bounds);

}  // namespace mcp_auth::host
