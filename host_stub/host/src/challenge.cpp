// Two layers: the grammar of RFC 9110 11.6.1, which knows no scheme, and what Bearer and DPoP
// challenges mean to us. The server is not trusted: what breaks the grammar is not guessed at.
#include "challenge.hpp"

#include "ascii_case.hpp"
#include "http_head.hpp"
#include "untrusted_text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_value_bytes = 32 * 1024;  // L3, the cap of a whole header block

bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_token68_char(char c) noexcept {
    return is_alphanumeric(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

// A cursor over one header value. Each take_ either consumes what it names or leaves the cursor.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }
    bool at(char c) const noexcept { return !rest_.empty() && rest_.front() == c; }
    bool at_space() const noexcept { return at(' ') || at('\t'); }

    void skip_space() noexcept {
        while (at_space()) rest_.remove_prefix(1);
    }
    // "#rule" lets a sender leave elements empty (RFC 9110 5.6.1.2).
    void skip_commas() noexcept {
        while (at_space() || at(',')) rest_.remove_prefix(1);
    }
    // The list of parameters, too: "Basic , realm=x" is one challenge.
    void skip_commas_before_param() noexcept {
        Cursor ahead = *this;
        ahead.skip_commas();
        if (!Cursor(ahead).take_param_name().empty()) *this = ahead;
    }
    bool take(char c) noexcept {
        if (!at(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string_view take_token() noexcept {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
        const auto token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(token.size());
        return token;
    }
    // Only if nothing but the end of the challenge follows: "realm=x" begins like a token68.
    std::string_view take_token68() noexcept {
        std::size_t size = 0;
        while (size < rest_.size() && is_token68_char(rest_[size])) ++size;
        if (size == 0) return {};
        while (size < rest_.size() && rest_[size] == '=') ++size;
        Cursor after(rest_.substr(size));
        after.skip_space();
        if (!after.at_end() && !after.at(',')) return {};
        const auto token68 = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return token68;
    }
    // The name of an auth-param, its '=' and the space around it; empty if none is here.
    std::string_view take_param_name() noexcept {
        Cursor ahead = *this;
        const auto name = ahead.take_token();
        ahead.skip_space();
        if (name.empty() || !ahead.take('=')) return {};
        ahead.skip_space();
        *this = ahead;
        return name;
    }
    std::optional<std::string> take_param_value() {
        if (!at('"')) {
            const auto token = take_token();
            return token.empty() ? std::nullopt : std::optional<std::string>(token);
        }
        rest_.remove_prefix(1);
        std::string value;
        while (!rest_.empty()) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return value;
            if (c == '\\') {
                if (rest_.empty()) return std::nullopt;
                c = rest_.front();
                rest_.remove_prefix(1);
            }
            const auto byte = static_cast<unsigned char>(c);
            if ((byte < 0x20 && c != '\t') || byte == 0x7f) return std::nullopt;
            value += c;
        }
        return std::nullopt;  // no closing quote
    }

private:
    std::string_view rest_;
};

// Auth-params up to the next challenge; false if the grammar is broken.
bool take_params(Cursor& cursor, AuthChallenge& challenge) {
    for (;;) {
        const auto name = cursor.take_param_name();
        // After a comma a name without '=' begins the next challenge.
        if (name.empty()) return !challenge.params.empty();
        auto value = cursor.take_param_value();
        if (!value) return false;
        // RFC 9110 11.2: once each. Of two values, sender and reader could mean different ones.
        if (!challenge.params.emplace(ascii_lowered(name), std::move(*value)).second) return false;
        cursor.skip_space();
        if (cursor.at_end()) return true;
        if (!cursor.at(',')) return false;
        cursor.skip_commas();
        if (cursor.at_end()) return true;
    }
}

bool is_scope(std::string_view text) noexcept {  // RFC 6749 3.3
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\'; });
}

std::optional<long> number(std::string_view text) noexcept {
    long value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, value);
    if (text.empty() || fault != std::errc{} || stop != end || value < 0) return std::nullopt;
    return value;
}

// Takes over what no earlier challenge said: a server that offers Bearer and DPoP says the same
// in both, or says it in one of them.
void merge(const AuthChallenge& from, Challenge& into) {
    const auto param = [&](const char* name) -> std::string_view {
        const auto found = from.params.find(name);
        return found == from.params.end() ? std::string_view{} : found->second;
    };
    const auto keep_first = [&](std::string& member, std::string_view value) {
        if (member.empty()) member = value;
    };
    keep_first(into.resource_metadata, param("resource_metadata"));
    if (is_scope(param("scope"))) keep_first(into.scope, param("scope"));
    keep_first(into.error, untrusted_text(param("error"), 64));
    keep_first(into.error_description, untrusted_text(param("error_description")));
    keep_first(into.acr_values, untrusted_text(param("acr_values")));
    if (!into.max_age) into.max_age = number(param("max_age"));
}

}  // namespace

std::optional<std::vector<AuthChallenge>> parse_challenges(std::string_view value) {
    if (value.size() > max_value_bytes) return std::nullopt;
    std::vector<AuthChallenge> challenges;
    Cursor cursor(value);
    for (cursor.skip_commas(); !cursor.at_end(); cursor.skip_commas()) {
        AuthChallenge challenge;
        challenge.scheme = ascii_lowered(cursor.take_token());
        if (challenge.scheme.empty()) return std::nullopt;
        const bool spaced = cursor.at_space();
        cursor.skip_space();
        if (spaced) cursor.skip_commas_before_param();
        if (!cursor.at_end() && !cursor.at(',')) {
            if (!spaced) return std::nullopt;
            challenge.token68 = cursor.take_token68();
            if (challenge.token68.empty() && !take_params(cursor, challenge)) return std::nullopt;
        }
        challenges.push_back(std::move(challenge));
    }
    return challenges;
}

std::optional<Challenge> read_challenge(const Headers& headers) {
    Challenge found;
    for (const auto& [name, value] : headers) {
        if (ascii_lowered(name) != "www-authenticate") continue;
        if (!found.raw.empty()) found.raw += ", ";
        found.raw += value;
        const auto challenges = parse_challenges(value);
        if (!challenges) continue;
        for (const AuthChallenge& challenge : *challenges) {
            const bool bearer = challenge.scheme == "bearer", dpop = challenge.scheme == "dpop";
            if (!bearer && !dpop) continue;
            found.bearer = found.bearer || bearer;
            found.dpop = found.dpop || dpop;
            merge(challenge, found);
        }
    }
    if (!found.bearer && !found.dpop) return std::nullopt;
    return found;
}

}  // namespace mcp_auth::host
