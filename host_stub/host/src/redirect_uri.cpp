#include "redirect_uri.hpp"

#include "url.hpp"

namespace mcp_auth::host {

Result<RedirectUri> RedirectUri::parse(std::string_view text) {
    const auto url = Url::parse(text);
    const bool loopback = url && (url->host() == "127.0.0.1" || url->host() == "localhost");
    if (!loopback || url->secure() || url->has_query())
        return Error(Status::misconfigured, "configuration",
                     "a redirect URI must be http://127.0.0.1[:PORT]/PATH or "
                     "http://localhost[:PORT]/PATH (RFC 8252 7.3)");
    RedirectUri uri;
    uri.host = url->host();
    uri.path = url->path().empty() ? "/" : std::string(url->path());
    // The scheme's default port is not one that a user may listen on.
    const auto authority = text.substr(0, text.find('/', std::string_view("http://").size()));
    if (authority.find(':', std::string_view("http:").size()) != std::string_view::npos)
        uri.port = url->port();
    return uri;
}

}  // namespace mcp_auth::host
