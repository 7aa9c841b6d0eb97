// The answer to one request, read as it arrives: one JSON document, or an event stream in which
// the answer comes after whatever else the server has to say.
#pragma once

#include "event_stream.hpp"
#include "json_rpc.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/mcp/answer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth::mcp {

class AnswerReader {
public:
    // `asked` gets the server's own requests (2025-11-25 has them); it may send an answer.
    using Asked = std::function<void(const Message&)>;
    AnswerReader(std::int64_t request_id, std::size_t max_bytes, Asked asked)
        : request_id_(request_id),
          max_bytes_(max_bytes),
          asked_(std::move(asked)),
          events_(max_bytes) {}

    // An event stream that ended before its answer, and where it goes on (2025-11-25,
    // "Resumability and Redelivery").
    struct Unfinished {
        std::string last_id;
        std::optional<std::chrono::milliseconds> retry;
    };
    std::optional<Unfinished> unfinished() const;
    void begin_again() { events_.begin_again(); }

    // A BodyReader. False once the answer is here or will never be.
    bool take(const HttpResponse& head, std::string_view piece);

    // After the last piece. Failures: protocol, unavailable, the server's JSON-RPC error, and
    // what the HTTP status means where no JSON-RPC error came with it.
    Answer<Message> finish(const HttpResponse& head);

private:
    bool take_events(std::string_view piece);
    Answer<Message> judge(Message message, int http_status) const;

    std::int64_t request_id_;
    std::size_t max_bytes_;
    Asked asked_;
    EventStream events_;
    int server_requests_ = 0;
    std::string body_;
    std::optional<Message> answer_;
    std::optional<Error> failed_;
};

bool is_event_stream(const HttpResponse& head);

// What an HTTP status means that came without a JSON-RPC error.
Error http_failure(const HttpResponse& head);

}  // namespace mcp_auth::mcp
