#include "trace.hpp"

#include "sent_secrets.hpp"
#include "url.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_correlation_bytes = 128;

bool is_harmless(std::string_view text) noexcept {
    constexpr std::string_view others = "._:/+=@-|~";
    return text.size() <= max_correlation_bytes &&
           std::all_of(text.begin(), text.end(), [others](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      others.find(c) != others.npos;
           });
}

// L4: a peer may have a token that it was sent, or that it issues, for its request's name. An error
// issues nothing, and often has the name in its body.
bool gives_away(std::string_view correlation, const HttpRequest& request, std::string_view path,
                const HttpResponse& answer) {
    const bool issues = answer.status >= 200 && answer.status < 300;
    return SentSecrets(request).repeated_in(correlation) || repeats_any_of(correlation, path) ||
           (issues && repeats_any_of(correlation, answer.body));
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

AuditEvent leg_event(const Trace& trace, std::string_view leg, const HttpRequest& request,
                     const Result<HttpResponse>& answer, Deadline::duration duration) {
    AuditEvent event;
    event.leg = leg;
    event.event = "asked";
    const auto url = Url::parse(request.url);
    if (url) event.peer = url->origin();
    event.duration = std::chrono::duration_cast<std::chrono::microseconds>(duration);
    if (answer) {
        event.http_status = answer->status;
        auto correlation = trace.only_counted ? std::string() : correlation_of(*answer);
        if (!correlation.empty() && url && !gives_away(correlation, request, url->path(), *answer))
            event.correlation = std::move(correlation);
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
        trace.record(leg_event(trace, leg, request, answer, ended - started));
    }
    return answer;
}

}  // namespace mcp_auth::host
