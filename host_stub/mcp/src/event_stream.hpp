// Server-sent events (WHATWG HTML 9.2.6), cut out of a byte stream that arrives in any pieces.
#pragma once

#include <mcp_auth/result.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::mcp {

struct ServerEvent {
    std::string type = "message";
    std::string data;  // its lines joined by \n
};

class EventStream {
public:
    explicit EventStream(std::size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

    // The events that `piece` completes. An event without its empty line at the end of the stream
    // was never sent. Errors: protocol (one event, or one line, is larger than the limit).
    Result<std::vector<ServerEvent>> feed(std::string_view piece);

    // For a client that comes back: the id of the last event that came whole, and how long the
    // server asks to wait.
    const std::string& last_id() const noexcept { return last_id_; }
    std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

    // The next piece begins a new connection of the same stream: what was cut off never came.
    void begin_again();

private:
    void end_line(std::vector<ServerEvent>& events);
    void field(std::string_view name, std::string_view value);

    std::size_t max_event_bytes_;
    std::string line_;
    std::string type_, data_, id_, last_id_;
    bool has_data_ = false;
    bool id_is_new_ = false;
    bool first_line_ = true;
    bool after_cr_ = false;
    std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace mcp_auth::mcp
