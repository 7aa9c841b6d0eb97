// A URL that keeps its bytes. Issuers, audiences and resources are compared and sent exactly as
// the administrator or the peer wrote them; no library gets to add a trailing slash.
#pragma once

#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace mcp_auth::host {

class Url {
public:
    // http and https only. Refused (invalid_argument, message says which): userinfo, backslash,
    // control characters, space, non-ASCII, an empty host, a port out of range, a fragment.
    static Result<Url> parse(std::string_view text);

    const std::string& text() const noexcept { return text_; }      // as it was given
    const std::string& scheme() const noexcept { return scheme_; }  // lower case
    const std::string& host() const noexcept { return host_; }  // lower case, IPv6 without brackets
    std::uint16_t port() const noexcept { return port_; }       // the scheme's default if absent
    std::string_view path() const noexcept { return path_; }    // as given, may be empty
    std::string_view query() const noexcept { return query_; }  // without '?'; empty if none
    bool has_query() const noexcept { return has_query_; }
    bool secure() const noexcept { return scheme_ == "https"; }

    // "https://host[:port]", the port left out when it is the scheme's default.
    std::string origin() const;
    bool same_origin(const Url& other) const noexcept;
    // What goes on the request line: path and query, "/" for an empty path.
    std::string target() const;

private:
    std::string text_, scheme_, host_, path_, query_;
    std::uint16_t port_ = 0;
    bool has_query_ = false;
};

// The well-known URL of `document` for an identifier (RFC 9728 3.1, RFC 8414 3.1): inserted
// between host and path. "https://h/a" -> "https://h/.well-known/<document>/a".
std::string well_known(const Url& identifier, std::string_view document);
// "https://h/.well-known/<document>", whatever the path.
std::string well_known_root(const Url& identifier, std::string_view document);
// "https://h/a/.well-known/<document>" (OpenID Connect Discovery 4.1).
std::string well_known_appended(const Url& identifier, std::string_view document);

}  // namespace mcp_auth::host
