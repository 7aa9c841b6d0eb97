#include "resumption.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace mcp_auth::mcp {
namespace {

constexpr int most_without_news = 3;
constexpr std::chrono::seconds usual_wait{1};  // where the server asks for none

// What cannot stand in a header is no cursor.
bool usable_id(std::string_view id) {
    return !id.empty() && id.size() <= 1024 &&
           std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x20 && c <= 0x7E; }) &&
           id.front() != ' ' && id.back() != ' ';
}

// The connection broke, or ended in order; a caller's own end is neither.
bool may_go_on(const Result<HttpResponse>& response) {
    return response || response.status() == Status::unavailable ||
           response.status() == Status::protocol;
}

Result<void> wait_for(std::chrono::milliseconds time, Clock& clock, const Bounds& bounds) {
    std::mutex mutex;
    std::condition_variable woken;
    // Before the lock: its destructor waits for a running action, which takes the mutex.
    const auto wake = bounds.cancellation.on_cancel([&] {
        const std::lock_guard lock(mutex);
        woken.notify_all();
    });
    const Deadline until = clock.now() + time;
    std::unique_lock lock(mutex);
    for (;;) {
        if (bounds.cancellation.cancelled()) return Error(Status::cancelled, "mcp", "cancelled");
        if (bounds.deadline <= until)
            return Error(Status::deadline, "mcp",
                         "the server's stream ended before its answer, and no time is left to read "
                         "on; what was asked for may have been done all the same");
        if (clock.now() >= until) return {};
        clock.wait(woken, lock, until);
    }
}

// An answer that is no event stream is a refusal, whatever it says.
Result<HttpResponse> ask_for_the_rest(Endpoint& endpoint, AnswerReader& reader,
                                      const std::string& last_id, const Bounds& bounds) {
    Outgoing outgoing;
    outgoing.http_method = "GET";
    outgoing.method = "resume";
    outgoing.headers = {{"Accept", "text/event-stream"}, {"Last-Event-ID", last_id}};
    const Wire& wire = endpoint.wire;
    if (!wire.version.empty()) outgoing.headers.emplace_back("MCP-Protocol-Version", wire.version);
    if (!wire.session.empty()) outgoing.headers.emplace_back("Mcp-Session-Id", wire.session);
    return send_authorized(endpoint, outgoing, bounds, [&reader]() -> BodyReader {
        reader.begin_again();
        return [&reader](const HttpResponse& head, std::string_view piece) {
            return is_event_stream(head) && reader.take(head, piece);
        };
    });
}

}  // namespace

Result<HttpResponse> read_on(Endpoint& endpoint, AnswerReader& reader, Result<HttpResponse> latest,
                             const Bounds& outer) {
    const std::shared_ptr<Clock> clock =
        endpoint.options.clock ? endpoint.options.clock : system_clock();
    Bounds bounds = outer;
    if (bounds.deadline == Deadline{}) bounds.deadline = clock->now() + longest_without_deadline;
    std::string seen;
    for (int without_news = 0; may_go_on(latest); ++without_news) {
        const auto unfinished = reader.unfinished();
        if (!unfinished || !usable_id(unfinished->last_id)) break;
        if (std::exchange(seen, unfinished->last_id) != unfinished->last_id) without_news = 0;
        const auto wait = std::max(unfinished->retry.value_or(usual_wait), shortest_wait);
        if (without_news == most_without_news || wait > longest_wait) break;
        if (auto waited = wait_for(wait, *clock, bounds); !waited) return waited.error();

        Result<HttpResponse> next = ask_for_the_rest(endpoint, reader, unfinished->last_id, bounds);
        // A server without resumption refuses (405), and so does one that knows no such stream.
        if (next && !is_event_stream(*next)) break;
        latest = std::move(next);
    }
    return latest;
}

}  // namespace mcp_auth::mcp
