#include "loopback_request.hpp"

#include "ascii_case.hpp"
#include "landing_page.hpp"

#include <algorithm>
#include <optional>

namespace mcp_auth::host {
namespace {

// The next line; what ended it is gone from `text`.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find("\r\n");
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    return line;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// The one Host header; nothing if there is none, or two.
std::optional<std::string_view> host_of(std::string_view headers) {
    std::optional<std::string_view> host;
    while (!headers.empty()) {
        const auto line = take_line(headers);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !equal_ignoring_case(line.substr(0, colon), "Host"))
            continue;
        if (host) return std::nullopt;
        host = trimmed(line.substr(colon + 1));
    }
    return host;
}

LoopbackRequest refuse(int status, std::string_view text) {
    return {plain_response(status, text), {}};
}

}  // namespace

LoopbackRequest read_loopback_request(std::string_view head, const RedirectUri& address) {
    const auto line = take_line(head);
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last ||
        !line.substr(last + 1).starts_with("HTTP/1."))
        return refuse(400, "This is not an HTTP/1 request.\n");
    const auto method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    // A browser percent-encodes all else (RFC 3986); a space or a control would end a word or line.
    if (!std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7F; }))
        return refuse(400, "This is not an HTTP/1 request.\n");
    const auto host = host_of(head);
    if (!host || !equal_ignoring_case(*host, address.authority()))
        return refuse(421, "Nothing of this name is here.\n");
    if (method != "GET") return refuse(405, "Only GET is answered here.\n");
    const auto question = std::min(target.find('?'), target.size());
    if (target.substr(0, question) != address.path) return refuse(404, "There is no such page.\n");
    return {{}, std::string(target.substr(std::min(target.size(), question + 1)))};
}

}  // namespace mcp_auth::host
