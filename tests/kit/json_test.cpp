// The JSON reader and writer of the kit: RFC 8259, with the limits of protocol.md L3.
#include <gtest/gtest.h>

#include <clocale>
#include <mcp_auth/json.hpp>
#include <mcp_auth/secret.hpp>
#include <random>

namespace {

using namespace mcp_auth;
using namespace std::string_literals;

static_assert(!std::is_constructible_v<json::Value, const void*>, "a pointer is not true");

std::string offset_of(const Error& error) {
    const std::size_t at = error.message.find("(byte ");
    return at == std::string::npos
               ? error.message
               : error.message.substr(at + 6, error.message.find(')', at) - at - 6);
}

struct Document {
    const char* name;
    std::string text;
    std::string offset = {};  // of what is wrong
};
std::string name_of(const testing::TestParamInfo<Document>& test) {
    return test.param.name;
}

void PrintTo(const Document& document, std::ostream* out) {
    *out << document.name;
}

class JsonAccepts : public testing::TestWithParam<Document> {};
TEST_P(JsonAccepts, ADocumentAndWritesItBackCompactly) {
    const auto value = json::parse(GetParam().text);
    ASSERT_TRUE(value) << value.error().message;
    const auto again = json::parse(value->dump());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*value, *again);
    EXPECT_EQ(again->dump(), value->dump());
}
INSTANTIATE_TEST_SUITE_P(
    Json, JsonAccepts,
    testing::Values(
        Document{"Null", "null"}, Document{"SpaceAround", " \t\r\n true \n"}, Document{"Zero", "0"},
        Document{"MinusZero", "-0"}, Document{"Fraction", "-1.50"}, Document{"Exponent", "1.5E+10"},
        Document{"HugeExponent", "1e999999999999"}, Document{"EmptyString", "\"\""},
        Document{"EveryEscape", R"("\"\\\/\b\f\n\r\t\u00e9")"},
        Document{"EscapedNul", R"("a\u0000b")"}, Document{"SurrogatePair", R"("\ud83d\ude00")"},
        Document{"Utf8", "\"\x7f \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\""},
        Document{"LastCodePoint", "\"\xF4\x8F\xBF\xBF\""},
        Document{"LastBeforeSurrogates", "\"\xED\x9F\xBF\""}, Document{"EmptyArray", "[ ]"},
        Document{"EmptyObject", "{ }"}, Document{"EmptyName", R"({"":1})"},
        Document{"SameNameInTwoObjects", R"([{"a":1},{"a":{"a":2}}])"},
        Document{"DeepAsAllowed", std::string(32, '[') + std::string(32, ']')}),
    name_of);

class JsonRefuses : public testing::TestWithParam<Document> {};
TEST_P(JsonRefuses, ADocumentAndSaysAtWhichByte) {
    const auto value = json::parse(GetParam().text);
    ASSERT_FALSE(value) << value->dump();
    EXPECT_EQ(value.status(), Status::protocol);
    EXPECT_EQ(offset_of(value.error()), GetParam().offset) << value.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Json, JsonRefuses,
    testing::Values(
        Document{"Nothing", "", "0"}, Document{"OnlySpace", "  ", "2"},
        Document{"ByteOrderMark", "\xEF\xBB\xBF{}", "0"}, Document{"TextAfter", "{} {}", "3"},
        Document{"NulAfter", "1\0"s, "1"}, Document{"CommaAtArraysEnd", "[1,]", "3"},
        Document{"NoCommaInArray", "[1 2]", "3"}, Document{"OpenArray", "[1", "2"},
        Document{"WrongBracket", "[1}", "2"}, Document{"CommaAtObjectsEnd", R"({"a":1,})", "7"},
        Document{"OpenObject", R"({"a":1)", "6"}, Document{"NoColon", R"({"a" 1})", "5"},
        Document{"NoValue", R"({"a":})", "5"}, Document{"NameWithoutQuotes", "{a:1}", "1"},
        Document{"NumberAsName", "{1:1}", "1"}, Document{"SingleQuotes", "['a']", "1"},
        Document{"Comment", "[1/**/]", "2"}, Document{"FormFeedAsSpace", "\f1", "0"},
        Document{"NoBreakSpace",
                 "\xC2\xA0"
                 "1",
                 "0"},
        Document{"LeadingZero", "[01]", "1"}, Document{"LeadingPlus", "[+1]", "1"},
        Document{"MinusAlone", "[-]", "1"}, Document{"PointFirst", "[.5]", "1"},
        Document{"PointLast", "[1.]", "1"}, Document{"ExponentWithoutDigits", "[1e+]", "1"},
        Document{"Hexadecimal", "[0x1]", "2"}, Document{"NaN", "[NaN]", "1"},
        Document{"Infinity", "[-Infinity]", "1"}, Document{"HalfAWord", "[tru]", "1"},
        Document{"CapitalWord", "[True]", "1"}, Document{"OpenString", "\"abc", "4"},
        Document{"BackslashLast", "\"abc\\", "4"}, Document{"UnknownEscape", R"("\x41")", "1"},
        Document{"ShortUnicodeEscape", R"("\u12")", "1"},
        Document{"BadUnicodeEscape", R"("\u12G4")", "1"},
        Document{"LineBreakInString", "\"a\nb\"", "2"}, Document{"TabInString", "\"a\tb\"", "2"},
        Document{"LoneHighSurrogate", R"("\ud800")", "1"},
        Document{"LoneLowSurrogate", R"("\udc00")", "1"},
        Document{"HighSurrogateTwice", R"("\ud800\ud800")", "1"},
        Document{"HighSurrogateAndText", R"("\ud800abcdef")", "1"},
        Document{"OverlongOfTwo", "\"\xC0\xAF\"", "1"},
        Document{"OverlongOfThree", "\"\xE0\x80\xAF\"", "1"},
        Document{"OverlongOfFour", "\"\xF0\x80\x80\xAF\"", "1"},
        Document{"SurrogateInUtf8", "\"\xED\xA0\x80\"", "1"},
        Document{"PastTheLastCodePoint", "\"\xF4\x90\x80\x80\"", "1"},
        Document{"ContinuationAlone", "\"\x80\"", "1"}, Document{"ByteFF", "\"\xFF\"", "1"},
        Document{"CutSequence", "\"\xE2\x82\"", "1"}, Document{"CutAtTheEnd", "\"\xE2\x82", "1"},
        Document{"DuplicateName", R"({"a":1,"a":2})", "7"},
        Document{"DuplicateSpeltWithAnEscape", R"({"a":1,"\u0061":2})", "7"},
        Document{"DuplicateFarAway", R"({"a":1,"c":2,"b":3,"a":4})", "19"},
        Document{"DuplicateInside", R"([{"x":{"a":1,"a":1}}])", "13"},
        Document{"TooDeep", std::string(33, '[') + std::string(33, ']'), "32"},
        Document{"TooDeepInObjects", R"([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{"a":1}]]]]]]]])", "32"}),
    name_of);

TEST(Json, AnErrorNamesLineAndColumn) {
    const auto value = json::parse("{\n  \"a\": 1,\n  \"b\": nil\n}");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().message, "JSON: line 3, column 8 (byte 19): expected a value");
}

TEST(Json, AnErrorNeverQuotesTheInput) {
    for (const char* text : {R"({"t":"CANARY" "u":1})", R"({"CANARY":1,"CANARY":2})",
                             R"({"t":"CANARY\ud800"})", R"({"t":CANARY})", "\"CANARY"}) {
        const auto value = json::parse(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().message.find("CANARY"), std::string::npos) << text;
    }
}

TEST(Json, TextOfTheLargestSizeIsReadAndOneByteMoreIsNot) {
    const std::string text = "\"" + std::string(98, 'x') + "\"";
    EXPECT_TRUE(json::parse(text, json::Limits{100, 32}));
    const auto refused = json::parse(text + " ", json::Limits{100, 32});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "JSON: longer than 100 bytes");
}

TEST(Json, NoCallerCanLiftTheDepthOverWhatTheStackBears) {
    const json::Limits any{1 << 20, 1 << 20};
    EXPECT_TRUE(json::parse(std::string(256, '[') + std::string(256, ']'), any));
    EXPECT_FALSE(json::parse(std::string(257, '[') + std::string(257, ']'), any));
    EXPECT_FALSE(json::parse(std::string(500'000, '['), any));
}

TEST(Json, ADuplicateIsFoundAmongThousandsOfMembers) {
    std::string text = "{\"first\":0";
    for (int i = 0; i < 20'000; ++i) text += ",\"" + std::to_string(i) + "\":0";
    const json::Limits large{1 << 20, 32};
    ASSERT_TRUE(json::parse(text + "}", large));
    EXPECT_FALSE(json::parse(text + ",\"first\":1}", large));
}

TEST(Json, NumbersKeepTheTextTheyCameWith) {
    const std::string text = "[1.10,1E400,-0,123456789012345678901234567890,0.1e-7]";
    const auto value = json::parse(text);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->dump(), text);
    EXPECT_EQ(value->items()[3].number_text(), "123456789012345678901234567890");
}

struct Integer {
    const char* text;
    std::optional<std::int64_t> value;
};
void PrintTo(const Integer& integer, std::ostream* out) {
    *out << integer.text;
}
class JsonInteger : public testing::TestWithParam<Integer> {};
TEST_P(JsonInteger, IsAWholeNumberOf64BitsHoweverItIsSpelt) {
    const json::Value number = json::Value::number(GetParam().text);
    ASSERT_TRUE(number.is_number());
    EXPECT_EQ(number.as_integer(), GetParam().value) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(
    Json, JsonInteger,
    testing::Values(Integer{"0", 0}, Integer{"-0", 0}, Integer{"0.000", 0}, Integer{"0e99999", 0},
                    Integer{"300", 300}, Integer{"300.0", 300}, Integer{"3e2", 300},
                    Integer{"0.3E+3", 300}, Integer{"30000e-2", 300}, Integer{"-12", -12},
                    Integer{"9223372036854775807", INT64_MAX},
                    Integer{"-9223372036854775808", INT64_MIN},
                    Integer{"9223372036854775808", std::nullopt},
                    Integer{"-9223372036854775809", std::nullopt},
                    Integer{"18446744073709551616", std::nullopt}, Integer{"1.5", std::nullopt},
                    Integer{"1e-1", std::nullopt}, Integer{"1e19", std::nullopt},
                    Integer{"1e99999999999999999999", std::nullopt},
                    Integer{"1e-99999999999999999999", std::nullopt},
                    Integer{"12345678901234567890e-10", std::nullopt},
                    Integer{"1000000000000000000000e-3", 1000000000000000000}));

TEST(Json, ADoubleIsReadTheSameInEveryLocale) {
    const std::string before = std::setlocale(LC_NUMERIC, nullptr);
    for (const char* locale : {"C", "de_DE.UTF-8", "C.UTF-8"}) {
        std::setlocale(LC_NUMERIC, locale);
        EXPECT_EQ(json::Value::number("1.25").as_double(), 1.25);
    }
    std::setlocale(LC_NUMERIC, before.c_str());
    EXPECT_EQ(json::Value::number("1e400").as_double(), std::nullopt);
    EXPECT_EQ(json::Value("1").as_double(), std::nullopt);
}

TEST(Json, WhatIsNoNumberMakesNoNumber) {
    for (const char* text : {"", "01", "1 ", "1,2", "\"", "nan"})
        EXPECT_TRUE(json::Value::number(text).is_null()) << text;
}

TEST(Json, AValueAnswersForItsOwnTypeOnly) {
    const auto value =
        json::parse(R"({"s":"x","n":1,"b":true,"l":["a","b"],"m":["a",1],"z":null})");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->string("s"), "x");
    EXPECT_EQ(value->string("n"), "");
    EXPECT_EQ(value->string("absent"), "");
    EXPECT_EQ(value->find("b")->as_bool(), true);
    EXPECT_EQ(value->find("s")->as_bool(), std::nullopt);
    EXPECT_EQ(value->find("s")->as_integer(), std::nullopt);
    EXPECT_EQ(value->find("n")->as_string(), nullptr);
    EXPECT_EQ(value->strings("l"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(value->strings("m"), std::nullopt);
    EXPECT_EQ(value->strings("s"), std::nullopt);
    EXPECT_TRUE(value->find("z")->is_null());
    EXPECT_EQ(value->find("s")->find("s"), nullptr);
    EXPECT_TRUE(value->find("s")->items().empty());
}

TEST(Json, SetReplacesInPlaceAndEraseRemoves) {
    json::Value value;
    value.set("b", 1).set("a", "x").set("b", json::Value::array().push(true).push(nullptr));
    EXPECT_EQ(value.dump(), R"({"b":[true,null],"a":"x"})");
    value.erase("b");
    value.erase("absent");
    EXPECT_EQ(value.dump(), R"({"a":"x"})");
    value.push(1);
    EXPECT_EQ(value.dump(), R"({"a":"x"})") << "an object is left alone by push";
    json::Value text("t");
    text.set("a", 1).push(1);
    EXPECT_EQ(text.dump(), "\"t\"");
    EXPECT_TRUE(json::Value(static_cast<const char*>(nullptr)).is_null());
}

TEST(Json, EqualityIsOfValuesNotOfSpelling) {
    const auto equal = [](const char* a, const char* b) {
        return *json::parse(a) == *json::parse(b);
    };
    EXPECT_TRUE(equal(R"({"a":1,"b":[2]})", R"({"b":[2.0],"a":1e0})"));
    EXPECT_FALSE(equal(R"({"a":1})", R"({"a":2})"));
    EXPECT_FALSE(equal(R"({"a":1})", R"({"b":1})"));
    EXPECT_FALSE(equal(R"({"a":1})", R"({"a":1,"b":1})"));
    EXPECT_FALSE(equal("[1,2]", "[2,1]"));
    EXPECT_FALSE(equal("1", "\"1\""));
    EXPECT_TRUE(equal("0.5", "5e-1"));
    EXPECT_FALSE(equal("9007199254740993", "9007199254740992")) << "no detour over double";
}

TEST(Json, WhatIsWrittenIsAlwaysWellFormed) {
    const json::Value value("q\" b\\ \n\r\t\x01\x1f e\xC3\xA9 bad\xFF\xE2\x82 end");
    EXPECT_EQ(value.dump(),
              "\"q\\\" b\\\\ \\n\\r\\t\\u0001\\u001f e\xC3\xA9 "
              "bad\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD end\"");
    EXPECT_TRUE(json::parse(value.dump()));
}

TEST(Json, IndentedTextIsForPeople) {
    EXPECT_EQ(json::parse(R"({"a":[1,{}],"b":[]})")->dump(2),
              "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
}

TEST(Json, ACopyHasMemoryOfItsOwn) {
    json::Value copy;
    {
        const auto value = json::parse(R"({"a":["text that is too long for the small buffer"]})");
        copy = *value;
    }
    EXPECT_EQ(copy.find("a")->items()[0],
              json::Value("text that is too long for the small buffer"));
}

TEST(Wipe, LeavesZerosInTheWholeBuffer) {
    char secret[] = "canary";
    wipe(secret, sizeof secret);
    EXPECT_EQ(std::string(secret, sizeof secret), std::string(sizeof secret, '\0'));
    std::string text(100, 'x');
    const char* buffer = text.data();
    wipe(text);
    EXPECT_TRUE(text.empty());
    text.resize(100, '\0');  // the same buffer: its capacity is kept
    EXPECT_EQ(text.data(), buffer);
}

// Any value that can be built is written and read back as the same value.
class AnyValue {
public:
    explicit AnyValue(std::uint32_t seed) : random_(seed) {}

    json::Value make(int depth = 4) {
        switch (pick(depth > 0 ? 7 : 5)) {
        case 0: return nullptr;
        case 1: return pick(2) == 0;
        case 2: return static_cast<std::int64_t>(random_());
        case 3: return json::Value::number(number());
        case 4: return text();
        case 5: {
            json::Value list = json::Value::array();
            for (unsigned n = pick(5); n > 0; --n) list.push(make(depth - 1));
            return list;
        }
        default: {
            json::Value object = json::Value::object();
            for (unsigned n = pick(5); n > 0; --n) object.set(text(), make(depth - 1));
            return object;
        }
        }
    }

private:
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
    std::string number() {
        std::string digits = pick(2) ? "-" : "";
        digits += std::to_string(pick(1000));
        if (pick(2)) digits += "." + std::to_string(pick(100'000));
        if (pick(2)) digits += (pick(2) ? "e-" : "E+") + std::to_string(pick(400));
        return digits;
    }
    std::string text() {
        std::string all;
        for (unsigned n = pick(8); n > 0; --n) {
            const std::uint32_t limit = pick(2) ? 0x80u : 0x110000u;
            std::uint32_t code = static_cast<std::uint32_t>(random_()) % limit;
            if (code >= 0xD800 && code <= 0xDFFF) code = '"';
            detail::utf8_append(all, code);
        }
        return all;
    }
    std::mt19937_64 random_;
};

TEST(Json, EveryValueSurvivesWritingAndReading) {
    for (std::uint32_t seed = 0; seed < 2000; ++seed) {
        const json::Value value = AnyValue(seed).make();
        for (const int indent : {0, 2}) {
            const auto again = json::parse(value.dump(indent));
            ASSERT_TRUE(again) << "seed " << seed << ": " << again.error().message;
            ASSERT_EQ(*again, value) << "seed " << seed << ": " << value.dump();
            ASSERT_EQ(again->dump(), value.dump()) << "seed " << seed;
        }
    }
}

// No cut and no changed byte of a document makes the reader read outside of it (asan), or accept
// what it would not write.
TEST(Json, DamagedDocumentsAreRefusedOrReadAsWhatTheySay) {
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        const std::string text = AnyValue(seed).make().dump();
        std::mt19937_64 random(seed);
        for (int i = 0; i < 20; ++i) {
            std::string damaged = text.substr(0, random() % (text.size() + 1));
            if (!damaged.empty()) damaged[random() % damaged.size()] = static_cast<char>(random());
            const std::string exact(damaged.data(), damaged.size());
            if (const auto value = json::parse(exact)) {
                ASSERT_TRUE(json::parse(value->dump())) << "seed " << seed;
            }
        }
    }
}

}  // namespace
