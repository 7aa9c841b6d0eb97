#include "landing_page.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace mcp_auth::host {
namespace {

constexpr std::string_view style =
    "body{font:1.125rem/1.6 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:34rem;"
    "margin:4rem auto;padding:0 1.25rem}"
    "h1{font-size:1.6rem;line-height:1.3}"
    "code{font-size:1rem;overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{color:#f2f2f2;background:#1a1a1a}}";

struct Words {
    int status;
    std::string_view title;
    std::string_view text;
};

Words words_for(Landing landing) {
    switch (landing) {
    case Landing::accepted:
        return {
            200, "It worked",
            "The application has your answer and goes on by itself. You can close this window."};
    case Landing::refused:
        return {400, "It did not work",
                "The application did not get what it asked for. Go back to it to see what to do. "
                "You can close this window."};
    case Landing::again:
        return {409, "Already answered",
                "This answer arrived before, so nothing was changed. You can close this window."};
    case Landing::late: break;
    }
    return {410, "Too late",
            "The application does not wait for this answer any more, so nothing was changed. Go "
            "back to it and start again. You can close this window."};
}

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

// The style is the only thing that the page may use, so it is named by its hash (CSP 3).
std::string style_source() {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(style.data()), style.size(), digest.data());
    std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> text{};
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
    return fmt::format("'sha256-{}'", reinterpret_cast<const char*>(text.data()));
}

std::string_view reason_phrase(int status) {
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 421: return "Misdirected Request";
    case 431: return "Request Header Fields Too Large";
    default: return "Error";
    }
}

// no-referrer and no-store: the page's own URL has a code in it (RFC 9700 4.2.4).
std::string response(int status, std::string_view type, std::string_view body,
                     std::string_view more = {}) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}; charset=utf-8\r\nContent-Length: {}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n"
        "Content-Security-Policy: default-src 'none'; style-src {}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\n{}\r\n{}",
        status, reason_phrase(status), type, body.size(), style_source(), more, body);
}

}  // namespace

std::string landing_response(Landing landing, const std::optional<Error>& error) {
    const auto [status, title, text] = words_for(landing);
    std::string why;
    if (error) {
        why = fmt::format("<p>{}</p>", escaped(error->message));
        if (!error->description.empty())
            why += fmt::format("<p>The server says: <q>{}</q></p>", escaped(error->description));
    }
    const auto body = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        "<title>{0}</title><style>{1}</style></head>\n"
        "<body><main><h1>{0}</h1><p>{2}</p>{3}</main></body></html>\n",
        title, style, text, why);
    return response(status, "text/html", body);
}

std::string plain_response(int status, std::string_view text) {
    return response(status, "text/plain", text, status == 405 ? "Allow: GET\r\n" : "");
}

}  // namespace mcp_auth::host
