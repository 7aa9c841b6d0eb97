#include "redirect.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth::host {
namespace {

Error refused(const Url& from, std::string_view why) {
    return {Status::protocol, "", from.origin() + " redirects " + std::string(why)};
}

// RFC 3986 5.2, for the forms that servers use. Dot segments are not needed by any of them.
std::string resolve(const Url& from, std::string_view location) {
    if (location.find("://") != std::string_view::npos &&
        location.find("://") < location.find_first_of("/?"))
        return std::string(location);
    if (location.substr(0, 2) == "//") return from.scheme() + ":" + std::string(location);
    if (location.substr(0, 1) == "/") return from.origin() + std::string(location);
    const std::string_view path = from.path();
    const auto last = path.rfind('/');
    const std::string directory(last == std::string_view::npos ? "/" : path.substr(0, last + 1));
    return from.origin() + directory + std::string(location);
}

}  // namespace

bool is_redirect(const HttpResponse& response) noexcept {
    constexpr std::array statuses{301, 302, 303, 307, 308};
    return std::find(statuses.begin(), statuses.end(), response.status) != statuses.end() &&
           !response.header("location").empty();
}

Result<Url> redirect_target(const Url& from, const HttpResponse& response) {
    std::string_view location = response.header("location");
    location = location.substr(0, location.find('#'));  // a fragment is never sent
    if (location.empty() || location.front() == '?' || location.front() == '.')
        return refused(from, "in a form that is not supported");
    auto url = Url::parse(resolve(from, location));
    if (!url) return refused(from, "to something that is not a URL that can be used");
    if (url->scheme() != from.scheme()) return refused(from, "to another scheme");
    return url;
}

Result<HttpResponse> send_following(const HttpRequest& original, Url url, const BodyReader& reader,
                                    const SendOnce& send) {
    int redirects = original.method == "GET" ? original.max_redirects : 0;
    if (redirects <= 0) return send(original, url, reader);

    HttpRequest request = original;
    request.max_redirects = 0;
    const BodyReader final_only = [&](const HttpResponse& head, std::string_view piece) {
        return redirects > 0 && is_redirect(head) ? false : reader(head, piece);
    };
    for (;; --redirects) {
        auto response = send(request, url, reader ? final_only : BodyReader());
        if (!response || redirects == 0 || !is_redirect(*response)) return response;
        auto next = redirect_target(url, *response);
        if (!next) return std::move(next).error();
        if (!next->same_origin(url)) strip_for_other_origin(request);
        url = *std::move(next);
        request.url = url.text();
    }
}

void strip_for_other_origin(HttpRequest& request) {
    constexpr std::array<std::string_view, 4> harmless{"accept", "accept-language", "user-agent",
                                                       "mcp-protocol-version"};
    const auto reveals = [&](const auto& header) {
        std::string name = header.first;
        for (char& c : name) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
        return std::find(harmless.begin(), harmless.end(), name) == harmless.end();
    };
    auto& headers = request.headers;
    headers.erase(std::remove_if(headers.begin(), headers.end(), reveals), headers.end());
    request.client_certificate.clear();
    request.client_key.clear();
}

}  // namespace mcp_auth::host
