#include "answer_reader.hpp"

#include <mcp_auth/detail/utf8.hpp>
#include <mcp_auth/mcp/protocol.hpp>

#include <algorithm>
#include <utility>

namespace mcp_auth::mcp {
namespace {

constexpr std::size_t max_error_bytes = 64 * 1024;
constexpr int max_server_requests = 32;

bool good(int status) noexcept {
    return status >= 200 && status < 300;
}

// The media type without its parameters, in lower case (RFC 9110 8.3.1).
std::string media_type(const HttpResponse& head) {
    std::string_view value = head.header("Content-Type");
    value = value.substr(0, value.find(';'));
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    std::string type(value);
    std::transform(type.begin(), type.end(), type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return type;
}

bool is_control(std::string_view character) noexcept {
    const auto first = static_cast<unsigned char>(character.front());
    // U+0080 to U+009F as UTF-8: a terminal takes U+009B for the beginning of a command.
    const bool c1 = first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
    return first < 0x20 || first == 0x7F || c1;
}

// A peer's words for people: one line, capped, no half of a character at its end.
std::string one_line(std::string_view text) {
    constexpr std::size_t longest = 500;
    std::string line;
    while (const std::size_t length = detail::utf8_length(text)) {
        if (line.size() + length > longest) break;
        const auto character = text.substr(0, length);
        line += is_control(character) ? std::string_view(" ") : character;
        text.remove_prefix(length);
    }
    return line;
}

Error protocol_error(std::string message, int http_status) {
    Error error(Status::protocol, "mcp", std::move(message));
    error.http_status = http_status;
    return error;
}

std::string account_of(const RpcError& rpc) {
    std::string account = "the MCP server answered with error " + std::to_string(rpc.code);
    if (rpc.code != unsupported_protocol_version) return account;
    account = "the MCP server does not speak this version of the protocol";
    for (const std::string& version :
         rpc.data.strings("supported").value_or(std::vector<std::string>{}))
        if (protocol_from(version)) account += "; it speaks " + version;
    return account;
}

}  // namespace

bool is_event_stream(const HttpResponse& head) {
    return good(head.status) && media_type(head) == "text/event-stream";
}

bool AnswerReader::take(const HttpResponse& head, std::string_view piece) {
    if (is_event_stream(head)) return take_events(piece);
    const std::size_t limit =
        good(head.status) ? max_bytes_ : std::min(max_bytes_, max_error_bytes);
    if (piece.size() > limit - body_.size()) {
        // Of an error only the status is needed; an answer that is too large is none.
        body_.clear();
        if (good(head.status))
            failed_ = protocol_error(
                "the answer is larger than " + std::to_string(limit) + " bytes", head.status);
        return false;
    }
    body_ += piece;
    return true;
}

std::optional<AnswerReader::Unfinished> AnswerReader::unfinished() const {
    if (answer_ || failed_ || events_.last_id().empty()) return std::nullopt;
    return Unfinished{events_.last_id(), events_.retry()};
}

bool AnswerReader::take_events(std::string_view piece) {
    Result<std::vector<ServerEvent>> events = events_.feed(piece);
    if (!events) {
        failed_ = events.error();
        return false;
    }
    for (const ServerEvent& event : *events) {
        // An event without data only opens the stream (2025-11-25, "priming"); other types are
        // not MCP's.
        if (event.data.empty() || event.type != "message") continue;
        Result<Message> message = read_message(event.data, max_bytes_);
        if (!message) {
            failed_ = message.error();
            return false;
        }
        if (message->answers(request_id_)) {
            answer_ = std::move(*message);
            return false;
        }
        if (message->kind != Message::Kind::request) continue;  // progress, log, another's answer
        if (++server_requests_ > max_server_requests) {
            failed_ = Error(Status::protocol, "mcp",
                            "the server asked more than 32 things before it answered");
            return false;
        }
        if (asked_) asked_(*message);
    }
    return true;
}

Answer<Message> AnswerReader::finish(const HttpResponse& head) {
    if (failed_) return *failed_;
    if (answer_) return judge(std::move(*answer_), head.status);
    if (is_event_stream(head)) {
        Error error(Status::unavailable, "mcp",
                    "the server's stream ended before its answer; what was asked for may have been "
                    "done all the same");
        error.http_status = head.status;
        return error;
    }
    const bool json = media_type(head) == "application/json";
    if (!good(head.status)) {
        if (json) {
            Result<Message> message = read_message(body_, max_error_bytes);
            // An error about a request that the server could not read has no id.
            if (message && message->kind == Message::Kind::error &&
                (message->id.is_null() || message->answers(request_id_)))
                return judge(std::move(*message), head.status);
        }
        return http_failure(head);
    }
    if (!json)
        return protocol_error("the answer is neither application/json nor text/event-stream",
                              head.status);
    Result<Message> message = read_message(body_, max_bytes_);
    if (!message) return protocol_error(message.error().message, head.status);
    if (!message->answers(request_id_) &&
        !(message->kind == Message::Kind::error && message->id.is_null()))
        return protocol_error("the answer is not to this request (its \"id\" differs)",
                              head.status);
    return judge(std::move(*message), head.status);
}

Answer<Message> AnswerReader::judge(Message message, int http_status) const {
    if (message.kind == Message::Kind::result) return message;
    Error error(Status::unsupported, "mcp", account_of(message.error));
    error.description = one_line(message.error.message);
    error.http_status = http_status;
    return Failure(std::move(error), std::move(message.error));
}

Error http_failure(const HttpResponse& head) {
    const int status = head.status;
    const std::string answered = "the MCP server answered " + std::to_string(status);
    Error error(Status::protocol, "mcp", answered);
    if (status == 401 || status == 403) {
        error.status = Status::denied;
    } else if (status == 404 || status == 405) {
        error.status = Status::misconfigured;
        error.message = answered + ": there is no MCP endpoint at this URL";
    } else if (status == 429 || status >= 500) {
        error.status = Status::unavailable;
    } else if (status >= 300 && status < 400) {
        error.message = answered +
                        ": redirects are not followed, so that a token goes nowhere else; "
                        "use the URL that the server moved to";
    }
    error.http_status = status;
    return error;
}

}  // namespace mcp_auth::mcp
