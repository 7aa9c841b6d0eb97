// The grammar of RFC 9110 (11.6.1, 11.2, 5.6), written by a generator: what it writes, the reader
// returns; with one thing that the grammar does not have, the reader returns nothing.
#include "challenge.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {
namespace {

constexpr unsigned seed = 9110;
constexpr std::string_view lower_case = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
constexpr std::string_view token68_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";

// Challenges, and one of the ways to write them.
class Generator {
public:
    explicit Generator(unsigned of) : random_(of) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool maybe() { return below(2) == 0; }

    std::vector<AuthChallenge> challenges(std::size_t most) {
        std::vector<AuthChallenge> all(below(most + 1));
        for (AuthChallenge& one : all) {
            one.scheme = text(lower_case, 1, 9);
            switch (below(4)) {
            case 0: break;
            case 1:
                one.token68 = text(token68_characters, 1, 12) + std::string(below(3), '=');
                break;
            default:
                for (std::size_t i = 0; i <= below(4); ++i)
                    one.params[text(lower_case, 1, 6)] = maybe() ? text(lower_case, 1, 8) : words();
            }
        }
        return all;
    }

    std::string written(const std::vector<AuthChallenge>& all) {
        std::string out = maybe() ? empty_elements() : "";
        bool first = true;
        for (const AuthChallenge& one : all) {
            if (!first) out += comma();
            first = false;
            out += written(one);
        }
        return out + (maybe() ? comma() : "");
    }

    std::string written(const AuthChallenge& one) {
        std::string out = in_any_case(one.scheme);
        if (!one.token68.empty()) return out + spaces(1) + one.token68;
        if (one.params.empty()) return out + spaces(0);
        out += spaces(1);
        if (below(4) == 0) out += empty_elements();
        bool first = true;
        for (const auto& [name, value] : one.params) {
            if (!first) out += comma();
            first = false;
            out += in_any_case(name) + blank() + "=" + blank() + written_value(value);
        }
        return out;
    }

private:
    std::string text(std::string_view characters, std::size_t least, std::size_t most) {
        std::string out(least + below(most - least + 1), '\0');
        for (char& c : out) c = characters[below(characters.size())];
        return out;
    }
    // What a quoted-string can hold: HTAB, SP, VCHAR and obs-text.
    std::string words() {
        std::string out(below(16), '\0');
        for (char& c : out) {
            const auto byte = 0x1f + below(0x100 - 0x1f);
            c = static_cast<char>(byte == 0x1f || byte == 0x7f ? '\t' : byte);
        }
        return out;
    }
    std::string written_value(const std::string& value) {
        const bool token =
            !value.empty() && value.find_first_not_of(lower_case) == std::string::npos;
        if (token && maybe()) return value;
        std::string out = "\"";
        for (const char c : value) {
            if (c == '"' || c == '\\' || below(6) == 0) out += '\\';  // a quoted-pair of anything
            out += c;
        }
        return out + '"';
    }
    std::string in_any_case(std::string text) {
        for (char& c : text)
            if (c >= 'a' && c <= 'z' && maybe()) c = static_cast<char>(c - 'a' + 'A');
        return text;
    }
    std::string spaces(std::size_t least) { return std::string(least + below(3), ' '); }
    std::string blank() {  // OWS, BWS
        std::string out(below(3), ' ');
        for (char& c : out)
            if (maybe()) c = '\t';
        return out;
    }
    std::string comma() { return blank() + "," + blank() + empty_elements(); }
    std::string empty_elements() {
        std::string out;
        for (std::size_t i = below(3); i > 0; --i) out += blank() + "," + blank();
        return out;
    }

    std::mt19937 random_;
};

bool same(const std::vector<AuthChallenge>& a, const std::vector<AuthChallenge>& b) {
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(), [](const AuthChallenge& x, const AuthChallenge& y) {
            return x.scheme == y.scheme && x.token68 == y.token68 && x.params == y.params;
        });
}

TEST(ChallengeGrammar, IsReadAsItWasMeantHoweverItIsWritten) {
    Generator generate(seed);
    std::size_t challenges = 0, params = 0;
    for (int i = 0; i < 5'000; ++i) {
        const auto meant = generate.challenges(4);
        const std::string value = generate.written(meant);
        const auto read = parse_challenges(value);
        ASSERT_TRUE(read) << i << ": " << value;
        ASSERT_TRUE(same(*read, meant)) << i << ": " << value;
        challenges += meant.size();
        for (const auto& one : meant) params += one.params.size();
    }
    std::cout << "5000 values: " << challenges << " challenges, " << params << " parameters\n";
}

// RFC 9110 5.3: several fields of one name are one, with a comma between.
TEST(ChallengeGrammar, IsTheSameInOneFieldAndInSeveral) {
    Generator generate(seed + 1);
    for (int i = 0; i < 2'000; ++i) {
        std::vector<AuthChallenge> meant;
        Headers several;
        std::string one;
        for (std::size_t field = 0; field <= generate.below(3); ++field) {
            auto part = generate.challenges(3);
            for (AuthChallenge& challenge : part) {
                if (generate.maybe()) challenge.scheme = generate.maybe() ? "bearer" : "dpop";
                if (!challenge.params.empty() && generate.maybe())
                    challenge.params["scope"] = "s" + std::to_string(i);
            }
            several.emplace_back("WWW-Authenticate", generate.written(part));
            one += (field == 0 ? "" : ", ") + several.back().second;
            meant.insert(meant.end(), part.begin(), part.end());
        }
        const auto read = parse_challenges(one);
        ASSERT_TRUE(read && same(*read, meant)) << i << ": " << one;
        const auto of_several = read_challenge(several);
        const auto of_one = read_challenge({{"www-authenticate", one}});
        ASSERT_EQ(of_several.has_value(), of_one.has_value()) << i << ": " << one;
        if (!of_one) continue;
        EXPECT_EQ(of_several->bearer, of_one->bearer);
        EXPECT_EQ(of_several->dpop, of_one->dpop);
        EXPECT_EQ(of_several->scope, of_one->scope);
        EXPECT_EQ(of_several->error, of_one->error);
    }
}

// One thing wrong, in a value that is right before and behind it.
TEST(ChallengeGrammar, IsRefusedWithOneThingThatItDoesNotHave) {
    const std::vector<std::string> faults{
        "Bearer realm=\"unterminated",  // quoted-string without its end
        "Bearer realm=\"ends in \\",    // quoted-pair without its character
        "Bearer realm=\"a\x01z\"",      // a control character
        "Bearer realm=\"a\x7fz\"",      // DEL
        "Bearer realm=\"a\nz\"",        // a line break
        "Bearer realm=\"a\\\nz\"",      // an escaped one
        std::string("Bearer realm=\"a\0z\"", 18),
        "Bearer realm=a b=c",           // no comma
        "Bearer realm=\"a\" b=\"c\"",   // likewise
        "Bearer realm=\"a\"b=\"c\"",    // nor space
        "Bearer realm=\"a\"z",          // something behind a quoted-string
        "Bearer realm=\"a\"\"b\"",      // two of them
        "Bearer realm==a",              // not token68, for something follows; no value
        "Bearer ,=a",                   // no name
        "Bearer \"realm\"=a",           // a name in quotes
        "Bearer re alm=a",              // a name of two words
        "Bearer re(alm=a",              // a delimiter in a name
        "Bearer realm=a(b",             // and in a value
        "Bearer realm=a;b=c",           // another separator
        "Bearer realm='a b'",           // other quotes
        "Bearer realm=a, realm=b",      // a name that comes twice
        "Bearer realm=a, Realm=\"b\"",  // in another case
        "Bearer abc== realm=a",         // token68 and parameters
        "Bearer realm=a, abc==",        // and the other way round
        "Bearer a=b=c",                 // a value with '='
        "Bearer realm=\xe2\x80\x9c"     // outside of ASCII, unquoted
        "a\xe2\x80\x9d",
        "Be\xc3\xa9rer realm=a",  // a scheme outside of ASCII
        "Bearer\x0b"
        "realm=a",             // space that is none
        "Bearer\r\n realm=a",  // a field that was folded and not unfolded
        "=Bearer",
        "\"Bearer\"",
        "(comment) Bearer",
        "Bearer/1.1 realm=a",
        "Bearer@h realm=a"};
    Generator generate(seed + 2);
    for (const std::string& fault : faults) {
        EXPECT_FALSE(parse_challenges(fault)) << fault;
        for (int i = 0; i < 20; ++i) {
            const std::string before = generate.written(generate.challenges(2));
            const std::string after = generate.written(generate.challenges(2));
            EXPECT_FALSE(parse_challenges(before + "," + fault)) << before << "," << fault;
            // Behind an open quote all that follows belongs to it.
            if (fault.find("unterminated") == std::string::npos && fault.back() != '\\') {
                EXPECT_FALSE(parse_challenges(fault + "," + after)) << fault << "," << after;
            }
        }
    }
    std::cout << faults.size() << " faults, each alone and among challenges\n";
}

}  // namespace
}  // namespace mcp_auth::host
