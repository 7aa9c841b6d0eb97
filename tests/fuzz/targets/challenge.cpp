// WWW-Authenticate: one field a line.
#include "challenge.hpp"

#include "http_head.hpp"
#include "promise.hpp"
#include "targets.hpp"

#include <string>

namespace mcp_auth::fuzz {
namespace {

using host::AuthChallenge;

std::string written(const std::vector<AuthChallenge>& all) {
    std::string text;
    for (const AuthChallenge& one : all) {
        if (!text.empty()) text += ", ";
        text += one.scheme;
        if (!one.token68.empty()) text += " " + one.token68;
        bool first = true;
        for (const auto& [name, value] : one.params) {
            text += (first ? " " : ", ") + name + "=\"";
            first = false;
            for (const char c : value) {
                if (c == '"' || c == '\\') text += '\\';
                text += c;
            }
            text += '"';
        }
    }
    return text;
}

void read_one(std::string_view value) {
    const auto all = host::parse_challenges(value);
    if (!all) return;
    for (const AuthChallenge& one : *all) {
        must(host::is_token(one.scheme), "a scheme is a token");
        must(one.token68.empty() || one.params.empty(), "a challenge has a token68 or parameters");
        for (const auto& [name, text] : one.params) {
            must(host::is_token(name), "the name of a parameter is a token");
            must(host::is_field_text(text), "a value has no control character but the tab");
        }
    }
    const std::string text = written(*all);
    if (text.size() > 32 * 1024) return;  // escapes made it longer than what is read
    const auto again = host::parse_challenges(text);
    must(again && again->size() == all->size(), "what was read can be written and read again");
    for (std::size_t i = 0; i < all->size(); ++i)
        must(all->at(i).scheme == again->at(i).scheme && all->at(i).params == again->at(i).params &&
                 all->at(i).token68 == again->at(i).token68,
             "what is read again is the same");
}

}  // namespace

void challenge(std::string_view bytes) {
    read_one(bytes);
    Headers headers;
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        headers.emplace_back("WWW-Authenticate", rest.substr(0, end));
        read_one(headers.back().second);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    const auto found = host::read_challenge(headers);
    if (!found) return;
    must(found->bearer || found->dpop, "a challenge that means something offers a scheme of ours");
    must(!found->max_age || *found->max_age >= 0, "a max_age is no negative number");
    for (const auto* text : {&found->error, &found->error_description, &found->acr_values})
        must(text->size() <= 256 && is_for_a_log(*text),
             "a server's words are stripped and capped");
    must(
        found->scope.find_first_of("\"\\\t\r\n") == std::string::npos && is_for_a_log(found->scope),
        "a scope has the characters of one");
}

}  // namespace mcp_auth::fuzz
