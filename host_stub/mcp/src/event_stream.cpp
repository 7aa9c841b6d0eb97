#include "event_stream.hpp"

#include <charconv>
#include <utility>

namespace mcp_auth::mcp {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

Result<std::vector<ServerEvent>> EventStream::feed(std::string_view piece) {
    std::vector<ServerEvent> events;
    while (!piece.empty()) {
        // CRLF is one line end, even when a piece ends between the two.
        if (std::exchange(after_cr_, false) && piece.front() == '\n') {
            piece.remove_prefix(1);
            continue;
        }
        const std::size_t end = piece.find_first_of("\r\n");
        const std::string_view text = piece.substr(0, end);
        if (text.size() > max_event_bytes_ - line_.size() ||
            data_.size() > max_event_bytes_ - line_.size() - text.size()) {
            return Error(Status::protocol, "mcp",
                         "an event of the server's stream is larger than " +
                             std::to_string(max_event_bytes_) + " bytes");
        }
        line_ += text;
        if (end == std::string_view::npos) break;
        after_cr_ = piece[end] == '\r';
        end_line(events);
        piece.remove_prefix(end + 1);
    }
    return events;
}

void EventStream::begin_again() {
    line_.clear();
    type_.clear();
    data_.clear();
    has_data_ = id_is_new_ = after_cr_ = false;
    first_line_ = true;
}

void EventStream::end_line(std::vector<ServerEvent>& events) {
    const std::string whole = std::exchange(line_, {});
    std::string_view line = whole;
    if (std::exchange(first_line_, false) && line.substr(0, 3) == byte_order_mark)
        line.remove_prefix(3);

    if (line.empty()) {
        // Not once an event: the last one may be as long as a message, and events a few bytes.
        if (std::exchange(id_is_new_, false)) last_id_ = id_;
        if (has_data_) {
            data_.pop_back();  // the \n after its last line
            ServerEvent event;
            if (!type_.empty()) event.type = type_;
            event.data = std::move(data_);
            events.push_back(std::move(event));
        }
        type_.clear();
        data_.clear();
        has_data_ = false;
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == 0) return;  // a comment, which keeps the connection alive
    if (colon == std::string_view::npos) return field(line, {});
    std::string_view value = line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    field(line.substr(0, colon), value);
}

void EventStream::field(std::string_view name, std::string_view value) {
    if (name == "data") {
        data_.append(value).push_back('\n');
        has_data_ = true;
    } else if (name == "event") {
        type_ = value;
    } else if (name == "id") {
        if (value.find('\0') != std::string_view::npos) return;
        id_ = value;
        id_is_new_ = true;
    } else if (name == "retry") {
        std::uint32_t milliseconds = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), milliseconds);
        if (error == std::errc() && end == value.data() + value.size())
            retry_ = std::chrono::milliseconds(milliseconds);
    }
}

}  // namespace mcp_auth::mcp
