// browser MODE URL - the user's browser, reduced to following the one redirect that matters, and to
// what may go wrong on it. Where a page has a form, alice signs in on it. For $BROWSER.
//
//     follow        as the server says
//     forge-state   brings another state
//     other-iss     brings another server's iss
//     no-iss        brings none
//     deny          brings access_denied, as where the user refuses
//     twice         as the server says, and then with another code
//     nothing       the user closes the window
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/URI.h>

#include <exception>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

namespace {

// The Location of the answer to a GET; empty: it has none.
std::string visit(const std::string& text) {
    const Poco::URI url(text);
    Poco::Net::HTTPClientSession session(url.getHost(), url.getPort());
    const auto ask = [&](Poco::Net::HTTPRequest& request, const std::string& form) {
        session.sendRequest(request) << form;
        Poco::Net::HTTPResponse response;
        auto& body = session.receiveResponse(response);
        const std::string page(std::istreambuf_iterator<char>(body), {});
        return std::pair(response.get("Location", ""), page);
    };
    Poco::Net::HTTPRequest get("GET", url.getPathAndQuery(), "HTTP/1.1");
    get.setKeepAlive(true);
    auto [location, page] = ask(get, {});
    if (!location.empty() || page.find("<form method=\"post\">") == std::string::npos)
        return location;
    const std::string form = "user=alice&password=demo&do=sign-in";
    Poco::Net::HTTPRequest post("POST", url.getPathAndQuery(), "HTTP/1.1");
    post.setContentType("application/x-www-form-urlencoded");
    post.setContentLength(static_cast<std::streamsize>(form.size()));
    return ask(post, form).first;
}

std::string tampered(const std::string& mode, const std::string& location) {
    Poco::URI url(location);
    auto parameters = url.getQueryParameters();
    if (mode == "deny") std::erase_if(parameters, [](const auto& p) { return p.first == "code"; });
    if (mode == "deny") parameters.emplace_back("error", "access_denied");
    if (mode == "no-iss") std::erase_if(parameters, [](const auto& p) { return p.first == "iss"; });
    for (auto& [name, value] : parameters) {
        if (name == "state" && mode == "forge-state") value = "forged";
        if (name == "code" && mode == "twice") value = "another";
        if (name == "iss" && mode == "other-iss") value = "https://evil.example";
    }
    url.setQueryParameters(parameters);
    return url.toString();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string mode = argv[1];
    if (mode == "nothing") return 0;
    try {
        const auto location = visit(argv[2]);
        if (location.empty()) return 1;
        if (mode == "twice") visit(location);
        visit(tampered(mode, location));
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
