#include "html_page.hpp"

#include <Poco/Net/Net.h>

namespace mcp_auth::demo {
namespace {

constexpr std::string_view style =
    "body{font:1.1rem/1.5 sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}"
    "label{display:block;margin:1rem 0 .2rem}"
    "input,select{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}"
    "button{font:inherit;margin:1.2rem .6rem 0 0;padding:.4rem 1.2rem}"
    "[role=alert]{border-left:.3rem solid #b00020;padding-left:.6rem}";

}  // namespace

std::string escaped(std::string_view text) {
    return Poco::Net::htmlize(std::string(text));
}

// No form-action: browsers hold the redirect after the form to it, and that goes to the host.
Answer html_page(int status, std::string_view title, const std::string& content,
                 std::string_view site) {
    const std::string heading = escaped(title);
    Answer answer;
    answer.status = status;
    answer.headers = no_store();
    answer.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
    answer.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                                "frame-ancestors 'none'");
    answer.headers.emplace_back("Referrer-Policy", "no-referrer");
    answer.body =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
        (site.empty() ? heading : escaped(site) + ": " + heading) + "</title>\n<style>" +
        std::string(style) + "</style>\n</head>\n<body>\n" + "<main>\n<h1>" + heading + "</h1>\n" +
        content + "</main>\n</body>\n</html>\n";
    return answer;
}

}  // namespace mcp_auth::demo
