#include "trace.hpp"

#include "url.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_correlation_bytes = 128;

bool is_harmless(std::string_view text) noexcept {
    return text.size() <= max_correlation_bytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

void Trace::record(AuditEvent event) const {
    if (!sink) return;
    if (event.at == 0 && clock) event.at = clock->wall();
    event.acquisition = acquisition;
    event.connection = connection;
    event.provider = provider;
    event.user = user;
    sink->record(event);
}

std::string correlation_of(const HttpResponse& response) {
    constexpr std::array names{"x-request-id", "x-okta-request-id", "x-ms-request-id",
                               "x-correlation-id", "request-id"};
    for (const std::string_view name : names) {
        const auto value = response.header(name);
        if (!value.empty() && is_harmless(value)) return std::string(value);
    }
    return {};
}

AuditEvent leg_event(std::string_view leg, const HttpRequest& request,
                     const Result<HttpResponse>& answer, Deadline::duration duration) {
    AuditEvent event;
    event.leg = leg;
    event.event = "asked";
    if (const auto url = Url::parse(request.url)) event.peer = url->origin();
    event.duration = std::chrono::duration_cast<std::chrono::microseconds>(duration);
    if (answer) {
        event.http_status = answer->status;
        event.correlation = correlation_of(*answer);
    } else {
        event.status = answer.error().status;
    }
    return event;
}

Result<HttpResponse> send_leg(HttpTransport& http, const HttpRequest& request, std::string_view leg,
                              const Trace& trace, const Bounds& bounds) {
    const Deadline started = trace.clock ? trace.clock->now() : Deadline{};
    auto answer = http.send(request, bounds);
    if (!answer) answer.error().leg = leg;
    if (trace.listening()) {
        const Deadline ended = trace.clock ? trace.clock->now() : Deadline{};
        trace.record(leg_event(leg, request, answer, ended - started));
    }
    return answer;
}

}  // namespace mcp_auth::host
