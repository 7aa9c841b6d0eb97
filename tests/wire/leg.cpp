#include "leg.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::wire {
namespace {

bool has(const Statuses& statuses, Status status) {
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

// Of the whole events, in order (HTML, "Server-sent events"): nothing for one without data.
std::vector<std::string> data_of_events(std::string stream) {
    for (std::size_t at = 0; (at = stream.find('\r', at)) != std::string::npos; ++at) {
        if (stream[at + 1] == '\n') stream.erase(at, 1);
        stream[at] = '\n';
    }
    std::vector<std::string> out;
    std::string data;
    for (std::size_t end = 0; (end = stream.find('\n')) != std::string::npos;
         stream.erase(0, end + 1)) {
        const auto line = stream.substr(0, end);
        if (line.empty() && !data.empty()) out.push_back(std::exchange(data, {}));
        if (line.rfind("data:", 0) == 0) data += line.substr(line[5] == ' ' ? 6 : 5) + '\n';
    }
    return out;
}

// Whoever waits for the answer in this stream takes the first event that says anything.
Status of_events(const Arrival& arrival, const std::string& right) {
    const auto events = data_of_events(arrival.body);
    if (!events.empty())
        return events.front() == data_of_events(right).front() ? Status::ok : Status::protocol;
    return arrival.in_order ? Status::unavailable : Status::protocol;
}

constexpr std::size_t of_tokens = 64 * 1024, of_metadata = 256 * 1024, of_messages = 4 << 20;  // L3
constexpr std::size_t tries = 3;                                                               // K2

}  // namespace

Statuses Leg::allowed(const WireFault& fault, const CannedAnswer& answer, std::size_t at) const {
    Statuses out = fault.allowed(answer, at);
    // Where a request may be sent again, it is, and gets its answer on another connection.
    if (fault.meets == WireFault::Meets::one_reused_connection && has(out, Status::ok))
        return {again == Again::never ? Status::unavailable : Status::ok};
    if (asked_ahead && fault.meets == WireFault::Meets::one_reused_connection)
        out.push_back(Status::ok);
    if (again == Again::polled && has(out, Status::unavailable))
        out = {Status::interaction_required};  // nobody entered the code, as far as one can know
    if (body_ignored && !has(out, Status::ok)) out.push_back(Status::ok);
    // A challenge may now name other metadata, which is not asked for.
    if (way == Way::challenge && has(out, Status::ok)) out.push_back(Status::misconfigured);
    if (!event_stream) return out;
    if (const auto arrival = fault.arrival ? fault.arrival(answer, at) : std::nullopt)
        return {of_events(*arrival, answer.body)};
    // There is no stream: what answers the call is no answer, and what should bring the rest of one
    // is a server that cannot (405 and whatever else).
    if (has(out, Status::misconfigured))
        return {way == Way::resumption ? Status::unavailable : Status::protocol};
    // In a head: of another type, or of none.
    if (way == Way::resumption && has(out, Status::ok) && has(out, Status::protocol))
        out.push_back(Status::unavailable);
    // A stream is asked for again.
    if (way == Way::resumption && fault.meets == WireFault::Meets::one_reused_connection)
        return {Status::ok};
    return out;
}

std::size_t Leg::most_requests(const WireFault& fault, Status outcome) const {
    switch (again) {
    case Again::never: return 1;
    case Again::tried:
        return outcome == Status::unavailable || fault.limit == WireFault::Limit::deadline ? tries
               : fault.meets == WireFault::Meets::one_reused_connection && outcome == Status::ok
                   ? 2
                   : 1;
    case Again::polled: return outcome == Status::interaction_required ? 6 : 2;
    // Twice for an issuer that is asked beside another, and by the one who needs it then; each time
    // once more where a kept connection was closed.
    case Again::get: return way == Way::resumption ? 2 * tries : 4;
    }
    return 0;
}

std::size_t Leg::least_requests(const WireFault& fault, Status outcome) const {
    // A try on a connection that was being closed is one that nobody saw.
    if (again == Again::tried && outcome == Status::unavailable)
        return fault.leaves_request_unread ? 1 : tries;
    if (again == Again::polled && outcome == Status::interaction_required)
        return fault.leaves_request_unread ? 1 : 3;
    const bool once_more =
        fault.meets == WireFault::Meets::one_reused_connection && outcome == Status::ok;
    return once_more ? 2 : 1;
}

const std::vector<Leg>& legs() {
    using Again = Leg::Again;
    static const std::vector<Leg> all{
        {"resource", "resource_metadata", Way::exchanged, "GET",
         "/.well-known/oauth-protected-resource/mcp", "", of_metadata, Again::get},
        {"as", "server_metadata", Way::exchanged, "GET",
         "/.well-known/oauth-authorization-server/as", "", of_metadata, Again::get},
        {"idp", "server_metadata", Way::exchanged, "GET",
         "/.well-known/oauth-authorization-server/idp", "", of_metadata, Again::get, false, false,
         true},
        {"exchange", "exchange", Way::exchanged, "POST", "/idp/token", "", of_tokens, Again::tried},
        {"jwt", "redemption", Way::exchanged, "POST", "/as/token", "", of_tokens, Again::tried},
        {"register", "registration", Way::registered, "POST", "/as/register", "", of_tokens,
         Again::tried},
        {"service", "token", Way::service, "POST", "/as/token", "", of_tokens, Again::tried},
        {"workload", "redemption", Way::workload, "POST", "/as/token", "", of_tokens, Again::tried},
        {"renewal", "token", Way::renewal, "POST", "/as/token", "", of_tokens, Again::tried},
        {"code", "token", Way::code, "POST", "/as/token", "grant_type=authorization_code",
         of_tokens, Again::never},
        {"refresh", "token", Way::refresh, "POST", "/as/token", "grant_type=refresh_token",
         of_tokens, Again::never},
        {"device", "device_authorization", Way::device, "POST", "/idp/device", "", of_tokens,
         Again::never},
        {"poll", "token", Way::device, "POST", "/idp/token", "", of_tokens, Again::polled},
        {"jwks", "jwks", Way::device, "GET", "/idp/jwks", "", of_metadata, Again::get},
        {"401", "mcp", Way::challenge, "POST", "/mcp", "initialize", of_messages, Again::never,
         false, true},
        {"json", "mcp", Way::tool, "POST", "/mcp", "tools/call", of_messages, Again::never},
        {"sse", "mcp", Way::tool, "POST", "/mcp", "tools/call", of_messages, Again::never, true},
        {"resume", "mcp", Way::resumption, "GET", "/mcp", "", of_messages, Again::get, true},
    };
    return all;
}

}  // namespace mcp_auth::wire
