#include "url.hpp"

#include "ascii_case.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_url_bytes = 8 * 1024;
constexpr std::size_t max_host_bytes = 253;  // RFC 1035 2.3.4, as text

bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The message never quotes the text: a URL can carry a secret in its userinfo or query.
Error refused(std::string_view why) {
    return {Status::invalid_argument, "",
            "this is not a URL that can be used: " + std::string(why)};
}

bool is_host_name(std::string_view host) noexcept {
    if (host.empty() || host.size() > max_host_bytes) return false;
    char previous = '.';  // so that a leading dot is an empty label
    for (const char c : host) {
        if (!is_alphanumeric(c) && c != '-' && c != '_' && c != '.') return false;
        if (c == '.' && previous == '.') return false;
        previous = c;
    }
    return true;
}

bool is_ipv6(std::string_view text) {
    in6_addr address{};
    return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

// A path's terminating slash goes before something is inserted or appended (RFC 8414 3.1, OpenID
// Connect Discovery 4.1).
std::string_view without_final_slash(std::string_view path) noexcept {
    if (!path.empty() && path.back() == '/') path.remove_suffix(1);
    return path;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    if (text.size() > max_url_bytes) return refused("it is longer than 8 KiB");
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x7f)
            return refused(
                "it has a character outside of ASCII (write an international host name "
                "in its xn-- form)");
        if (byte < 0x20 || byte == 0x7f) return refused("it has a control character");
        if (c == ' ') return refused("it has a space");
        if (c == '\\') return refused("it has a backslash");  // some parsers read it as '/'
        if (c == '#') return refused("it has a fragment");
    }
    Url url;
    url.text_ = text;
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return refused("it does not begin with https://");
    url.scheme_ = ascii_lowered(text.substr(0, scheme_end));
    if (url.scheme_ != "https" && url.scheme_ != "http")
        return refused("its scheme is neither https nor http");
    text.remove_prefix(scheme_end + 3);

    const auto authority_end = std::min(text.find_first_of("/?"), text.size());
    std::string_view authority = text.substr(0, authority_end);
    const std::string_view rest = text.substr(authority_end);
    // "https://good@evil" reads as good to a person and is evil to a resolver (L2).
    if (authority.find('@') != std::string_view::npos) return refused("it has a user name in it");

    std::string_view after_host;
    if (!authority.empty() && authority.front() == '[') {
        const auto end = authority.find(']');
        if (end == std::string_view::npos)
            return refused("its IPv6 address has no closing bracket");
        url.host_ = ascii_lowered(authority.substr(1, end - 1));
        if (!is_ipv6(url.host_)) return refused("what its brackets hold is not an IPv6 address");
        after_host = authority.substr(end + 1);
    } else {
        const auto end = std::min(authority.find(':'), authority.size());
        url.host_ = ascii_lowered(authority.substr(0, end));
        if (url.host_.empty()) return refused("it has no host");
        if (!is_host_name(url.host_)) return refused("its host is not a host name");
        after_host = authority.substr(end);
    }
    url.port_ = url.secure() ? 443 : 80;
    if (!after_host.empty()) {
        if (after_host.front() != ':') return refused("something stands behind its host");
        after_host.remove_prefix(1);
        const char* const end = after_host.data() + after_host.size();
        const auto [stop, fault] = std::from_chars(after_host.data(), end, url.port_);
        if (fault != std::errc{} || stop != end || url.port_ == 0)
            return refused("its port is not a number from 1 to 65535");
    }

    const auto query_begin = rest.find('?');
    url.path_ = rest.substr(0, query_begin);
    if (query_begin != std::string_view::npos) {
        url.has_query_ = true;
        url.query_ = rest.substr(query_begin + 1);
    }
    return url;
}

std::string Url::origin() const {
    std::string out = scheme_ + "://";
    out += host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
    if (port_ != (secure() ? 443 : 80)) out += ":" + std::to_string(port_);
    return out;
}

bool Url::same_origin(const Url& other) const noexcept {
    return port_ == other.port_ && scheme_ == other.scheme_ && host_ == other.host_;
}

std::string Url::target() const {
    std::string out = path_.empty() ? "/" : path_;
    if (has_query_) out += "?" + query_;
    return out;
}

std::string well_known(const Url& identifier, std::string_view document) {
    // RFC 8414 3.1 drops the terminating slash of the path, RFC 9728 3.1 only one that follows the
    // host: the metadata of https://h/mcp/ is at /.well-known/oauth-protected-resource/mcp/.
    std::string_view path = identifier.path();
    if (path == "/" || document != "oauth-protected-resource") path = without_final_slash(path);
    std::string out = well_known_root(identifier, document);
    out += path;
    if (identifier.has_query()) out.append("?").append(identifier.query());
    return out;
}

std::string well_known_root(const Url& identifier, std::string_view document) {
    return identifier.origin().append("/.well-known/").append(document);
}

std::string well_known_appended(const Url& identifier, std::string_view document) {
    return identifier.origin()
        .append(without_final_slash(identifier.path()))
        .append("/.well-known/")
        .append(document);
}

}  // namespace mcp_auth::host
