#include "url.hpp"

#include "promise.hpp"
#include "redirect_uri.hpp"
#include "targets.hpp"

namespace mcp_auth::fuzz {
namespace {

void must_be_read(const std::string& text, const host::Url& of) {
    const auto again = host::Url::parse(text);
    must(again && again->same_origin(of), "what is made of a URL is one, of the same origin");
}

}  // namespace

void url(std::string_view bytes) {
    // Whatever a URL is refused for, its query may have been a secret.
    must_be_for_a_log_or_good(host::Url::parse(std::string(bytes).append(canary)));
    must_be_for_a_log_or_good(host::RedirectUri::parse(std::string(bytes).append(canary)));
    const auto redirect = host::RedirectUri::parse(bytes);
    if (redirect) {
        const auto again = host::RedirectUri::parse(
            redirect->port == 0 ? "http://" + redirect->host + redirect->path : redirect->text());
        must(again && again->text() == redirect->text(), "a redirect URI is written as it is read");
    }

    const auto url = host::Url::parse(bytes);
    if (!url) return must_be_for_a_log(url.error());
    must(url->text() == bytes, "a URL keeps its bytes");
    for (const char c : bytes)
        must(c > 0x20 && c < 0x7f && c != '\\' && c != '#', "a URL has no such character");
    const auto authority = bytes.substr(0, bytes.find_first_of("/?", bytes.find("://") + 3));
    must(authority.find('@') == std::string_view::npos, "a URL has no user name");
    must(!url->host().empty() && url->port() != 0, "a URL has a host and a port");
    must(url->scheme() == "https" || url->scheme() == "http", "a URL has one of two schemes");
    must(url->target().front() == '/', "a target begins with a slash");
    must_be_read(url->origin(), *url);
    must_be_read(url->origin() + url->target(), *url);
    for (const auto* document : {"oauth-protected-resource", "oauth-authorization-server"}) {
        if (bytes.size() > 8000) break;  // with the well-known part it is longer than what is read
        must_be_read(host::well_known(*url, document), *url);
        must_be_read(host::well_known_root(*url, document), *url);
        must_be_read(host::well_known_appended(*url, document), *url);
    }
}

}  // namespace mcp_auth::fuzz
