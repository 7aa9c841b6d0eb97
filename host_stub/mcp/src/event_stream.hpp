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
    std::string id;    // the last one seen on this stream
};

class EventStream {
public:
    explicit EventStream(std::size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

    // The events that `piece` completes. An event without its empty line at the end of the stream
    // was never sent. Errors: protocol (one event, or one line, is larger than the limit).
    Result<std::vector<ServerEvent>> feed(std::string_view piece);

    // What the server asked for, for a client that comes back; never acted upon here.
    std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

private:
    void end_line(std::vector<ServerEvent>& events);
    void field(std::string_view name, std::string_view value);

    std::size_t max_event_bytes_;
    std::string line_;
    std::string type_, data_, id_;
    bool has_data_ = false;
    bool first_line_ = true;
    bool after_cr_ = false;
    std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace mcp_auth::mcp
