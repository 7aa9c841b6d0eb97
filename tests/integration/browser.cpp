// browser MODE URL - the user's browser, reduced to following the one redirect that matters, and to
// what may go wrong on it. For $BROWSER.
//
//     follow        as the server says
//     forge-state   brings another state
//     other-iss     brings another server's iss
//     no-iss        brings none
//     deny          brings access_denied, as where the user refuses
//     nothing       the user closes the window
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/URI.h>

#include <exception>
#include <iostream>
#include <iterator>
#include <string>

namespace {

// The Location of the answer to a GET; empty: it has none.
std::string visit(const std::string& text) {
    const Poco::URI url(text);
    Poco::Net::HTTPClientSession session(url.getHost(), url.getPort());
    Poco::Net::HTTPRequest request("GET", url.getPathAndQuery(), "HTTP/1.1");
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    auto& body = session.receiveResponse(response);
    const std::string page(std::istreambuf_iterator<char>(body), {});
    return response.get("Location", "");
}

std::string tampered(const std::string& mode, const std::string& location) {
    Poco::URI url(location);
    auto parameters = url.getQueryParameters();
    if (mode == "deny") std::erase_if(parameters, [](const auto& p) { return p.first == "code"; });
    if (mode == "deny") parameters.emplace_back("error", "access_denied");
    if (mode == "no-iss") std::erase_if(parameters, [](const auto& p) { return p.first == "iss"; });
    for (auto& [name, value] : parameters) {
        if (name == "state" && mode == "forge-state") value = "forged";
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
        visit(tampered(mode, location));
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
