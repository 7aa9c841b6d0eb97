#include "sign_in_pages.hpp"

#include "html_page.hpp"

namespace mcp_auth::demo {
namespace {

Answer page(int status, std::string_view title, const std::string& content) {
    return html_page(status, title, content, "Acme sign-in");
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
