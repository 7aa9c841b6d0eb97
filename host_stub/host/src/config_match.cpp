// Which connection a URL belongs to. A prefix is a promise about one part of one server; whatever
// a server might read as leaving that part never matches.
#include "config.hpp"
#include "url.hpp"

#include <cctype>
#include <cstddef>

namespace mcp_auth::host {
namespace {

// "%2e", "%2f", "%5c" spell '.', '/' and '\' past a check of the text; "%25" hides one of them from
// a single decoding.
bool has_disguised_separator(std::string_view path) {
    for (std::size_t i = 0; i + 2 < path.size(); ++i) {
        if (path[i] != '%') continue;
        const char high = path[i + 1];
        const char low = static_cast<char>(std::tolower(static_cast<unsigned char>(path[i + 2])));
        if (high == '2' && (low == 'e' || low == 'f' || low == '5')) return true;
        if (high == '5' && low == 'c') return true;
    }
    return false;
}

bool has_dot_segment(std::string_view path) {
    std::size_t begin = 0;
    while (begin <= path.size()) {
        std::size_t end = path.find('/', begin);
        if (end == std::string_view::npos) end = path.size();
        const std::string_view segment = path.substr(begin, end - begin);
        if (segment == "." || segment == "..") return true;
        begin = end + 1;
    }
    return false;
}

}  // namespace

bool ConnectionConfig::is_prefix() const noexcept {
    return server.size() >= 2 && server.compare(server.size() - 2, 2, "/*") == 0;
}

const ConnectionConfig* Config::match(std::string_view server_url) const {
    for (const ConnectionConfig& connection : connections)
        if (!connection.is_prefix() && connection.server == server_url) return &connection;

    // Userinfo, backslashes and control characters are refused by Url.
    const auto url = Url::parse(server_url);
    if (!url || has_disguised_separator(url->path()) || has_dot_segment(url->path()))
        return nullptr;
    const ConnectionConfig* best = nullptr;
    std::size_t longest = 0;
    for (const ConnectionConfig& connection : connections) {
        if (!connection.is_prefix()) continue;
        const auto prefix =
            Url::parse(std::string_view(connection.server).substr(0, connection.server.size() - 1));
        if (!prefix || !prefix->same_origin(*url)) continue;
        // The prefix ends in '/', so it ends where a segment does.
        const std::string_view under = prefix->path();
        if (url->path().substr(0, under.size()) != under || under.size() <= longest) continue;
        best = &connection;
        longest = under.size();
    }
    return best;
}

}  // namespace mcp_auth::host
