#include "sign_in_pages.hpp"

namespace mcp_auth::demo {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

constexpr std::string_view style =
    "body{font:1.1rem/1.5 sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem}"
    "label{display:block;margin:1rem 0 .2rem}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}"
    "button{font:inherit;margin:1.2rem .6rem 0 0;padding:.4rem 1.2rem}"
    "[role=alert]{border-left:.3rem solid #b00020;padding-left:.6rem}";

// No form-action: browsers hold the redirect after the form to it, and that goes to the host.
Answer page(int status, std::string_view title, const std::string& content) {
    const std::string head = "Acme sign-in: " + escaped(title);
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
        head + "</title>\n<style>" + std::string(style) + "</style>\n</head>\n<body>\n" +
        "<main>\n<h1>" + escaped(title) + "</h1>\n" + content + "</main>\n</body>\n</html>\n";
    return answer;
}

std::string alert(std::string_view fault) {
    return fault.empty() ? std::string() : "<p role=\"alert\">" + escaped(fault) + "</p>\n";
}

constexpr std::string_view who_fields =
    "<label for=\"user\">User</label>\n"
    "<input id=\"user\" name=\"user\" autocomplete=\"username\" required autofocus>\n"
    "<label for=\"password\">Password</label>\n"
    "<input id=\"password\" name=\"password\" type=\"password\" "
    "autocomplete=\"current-password\" required>\n";

}  // namespace

Answer sign_in_page(std::string_view fault) {
    return page(200, "Sign in",
                alert(fault) + "<form method=\"post\">\n" + std::string(who_fields) +
                    "<button id=\"sign-in\" name=\"do\" value=\"sign-in\">Sign in</button>\n"
                    "</form>\n<form method=\"post\">\n"
                    "<button id=\"deny\" name=\"do\" value=\"deny\">Cancel</button>\n</form>\n");
}

Answer device_page(std::string_view user_code, std::string_view fault) {
    return page(200, "Connect a device",
                alert(fault) +
                    "<p>Only go on if the code below is the one that your own device shows.</p>\n"
                    "<form method=\"post\">\n<label for=\"user_code\">Code</label>\n"
                    "<input id=\"user_code\" name=\"user_code\" autocomplete=\"off\" "
                    "autocapitalize=\"characters\" required value=\"" +
                    escaped(user_code) + "\">\n" + std::string(who_fields) +
                    "<button id=\"sign-in\" name=\"do\" value=\"sign-in\">Sign in</button>\n"
                    "<button id=\"deny\" name=\"do\" value=\"deny\">Refuse</button>\n</form>\n");
}

Answer message_page(int status, std::string_view title, std::string_view text) {
    return page(status, title, "<p>" + escaped(text) + "</p>\n");
}

}  // namespace mcp_auth::demo
