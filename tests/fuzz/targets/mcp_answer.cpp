// The answer of an MCP server to request 1: a JSON document, or an event stream; in one piece, and
// in many.
#include "answer.hpp"
#include "answer_reader.hpp"
#include "promise.hpp"
#include "targets.hpp"

#include <algorithm>

namespace mcp_auth::fuzz {
namespace {

constexpr std::size_t max_bytes = 512;

struct Outcome {
    bool ok = false;
    std::string said;  // the message, or the error
    int asked = 0;
    std::optional<mcp::AnswerReader::Unfinished> unfinished;

    friend bool operator==(const Outcome& a, const Outcome& b) {
        return a.ok == b.ok && a.said == b.said && a.asked == b.asked &&
               a.unfinished.has_value() == b.unfinished.has_value() &&
               (!a.unfinished || (a.unfinished->last_id == b.unfinished->last_id &&
                                  a.unfinished->retry == b.unfinished->retry));
    }
};

// `size`: of a piece; 0: all at once.
Outcome read(const HttpResponse& head, std::string_view body, std::size_t size) {
    Outcome outcome;
    mcp::AnswerReader reader(1, max_bytes, [&](const mcp::Message& message) {
        must(message.kind == mcp::Message::Kind::request, "only requests are answered");
        ++outcome.asked;
    });
    while (!body.empty()) {
        const auto piece = body.substr(0, size == 0 ? body.size() : size);
        body.remove_prefix(piece.size());
        if (!reader.take(head, piece)) break;
    }
    outcome.unfinished = reader.unfinished();
    auto answer = reader.finish(head);
    outcome.ok = static_cast<bool>(answer);
    if (answer) {
        must(answer->answers(1) && answer->kind == mcp::Message::Kind::result,
             "an answer is to what was asked");
        outcome.said = answer->result.dump();
    } else {
        must_be_for_a_log(answer.failure().error);
        must(answer.failure().error.description.size() <= 500, "a server's words are capped");
        outcome.said = answer.failure().error.message + answer.failure().error.description;
    }
    return outcome;
}

// The events alone: of what is in `bytes`, cut in any way, the same.
std::vector<mcp::ServerEvent> events_of(std::string_view bytes, std::size_t size, bool& failed,
                                        std::string& last_id) {
    mcp::EventStream stream(max_bytes);
    std::vector<mcp::ServerEvent> all;
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, size);
        bytes.remove_prefix(piece.size());
        auto events = stream.feed(piece);
        if (!events) {
            must_be_for_a_log(events.error());
            failed = true;
            break;
        }
        for (auto& event : *events) all.push_back(std::move(event));
    }
    for (const auto& event : all)
        must(event.data.size() <= max_bytes && event.data.find('\r') == std::string::npos,
             "an event is within its limit, and its lines have ended");
    last_id = stream.last_id();
    must(last_id.find('\0') == std::string::npos, "an id has no NUL");
    return all;
}

void cut_events(std::string_view body) {
    bool failed = false;
    std::string last_id;
    const auto whole = events_of(body, std::max<std::size_t>(body.size(), 1), failed, last_id);
    for (const std::size_t size : {1U, 2U, 7U}) {
        bool failed_too = false;
        std::string same_id;
        const auto cut = events_of(body, size, failed_too, same_id);
        must(failed == failed_too, "a stream is too large however it arrives");
        if (failed) continue;  // of what came before, one piece tells less
        must(last_id == same_id && std::equal(whole.begin(), whole.end(), cut.begin(), cut.end(),
                                              [](const auto& a, const auto& b) {
                                                  return a.type == b.type && a.data == b.data;
                                              }),
             "events are the same however they arrive");
    }
}

}  // namespace

void mcp_answer(std::string_view bytes) {
    HttpResponse head = answer_of(bytes);
    std::string body = std::move(head.body);
    head.body.clear();
    const bool stream = mcp::is_event_stream(head);
    cut_events(body);
    const Outcome whole = read(head, body, 0);
    for (const std::size_t size : {1U, 2U, 7U}) {
        const Outcome cut = read(head, body, size);
        // In one piece, an event that is too large takes those before it along.
        if (stream && !whole.ok && body.size() > max_bytes) continue;
        must(cut == whole, "an answer is the same however it arrives");
    }
}

}  // namespace mcp_auth::fuzz
