// Server-sent events, as the WHATWG specification cuts them (HTML 9.2.6).
#include "event_stream.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::mcp {
namespace {

std::vector<std::string> data_of(std::string_view text, std::size_t limit = 1000) {
    EventStream stream(limit);
    std::vector<std::string> data;
    Result<std::vector<ServerEvent>> events = stream.feed(text);
    if (!events) return {"(error) " + events.error().message};
    for (const ServerEvent& event : *events) data.push_back(event.data);
    return data;
}

using Data = std::vector<std::string>;

TEST(EventStream, EndsLinesAtLfCrAndCrLf) {
    EXPECT_EQ(data_of("data: a\n\n"), Data({"a"}));
    EXPECT_EQ(data_of("data: a\r\r"), Data({"a"}));
    EXPECT_EQ(data_of("data: a\r\n\r\n"), Data({"a"}));
    EXPECT_EQ(data_of("data: a\r\n\ndata: b\n\r"), Data({"a", "b"}));
}

TEST(EventStream, JoinsTheLinesOfOneEvent) {
    EXPECT_EQ(data_of("data: {\ndata:  \"a\": 1\ndata: }\n\n"), Data({"{\n \"a\": 1\n}"}));
    EXPECT_EQ(data_of("data\ndata\n\n"), Data({"\n"}));
}

TEST(EventStream, TakesOneSpaceAfterTheColonAway) {
    EXPECT_EQ(data_of("data:a\n\ndata: a\n\ndata:  a\n\n"), Data({"a", "a", " a"}));
}

TEST(EventStream, IgnoresCommentsAndUnknownFields) {
    EXPECT_EQ(data_of(": keep-alive\n\ndata: a\n: more\nother: x\ndata-x: y\n\n"), Data({"a"}));
}

TEST(EventStream, AnEventWithoutDataIsNone) {
    EXPECT_EQ(data_of("event: x\nid: 1\n\n\n\n"), Data({}));
    EXPECT_EQ(data_of("data:\n\n"), Data({""}));
}

TEST(EventStream, AnUnfinishedEventIsNone) {
    EXPECT_EQ(data_of("data: a\n"), Data({}));
    EXPECT_EQ(data_of("data: a"), Data({}));
}

TEST(EventStream, GoesOnFromTheLastEventThatCameWhole) {
    EventStream stream(1000);
    ASSERT_TRUE(stream.feed("id: 1\nretry: 20\ndata:\n\nid: 2\ndata: cut o"));
    EXPECT_EQ(stream.last_id(), "1");
    EXPECT_EQ(stream.retry(), std::chrono::milliseconds(20));
    stream.begin_again();
    const auto events = stream.feed("data: whole\n\n");
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), 1u);
    EXPECT_EQ(events->front().data, "whole");
    EXPECT_EQ(stream.last_id(), "1");
}

TEST(EventStream, TheTypeHoldsForOneEventAndTheIdForAllThatFollow) {
    EventStream stream(1000);
    const auto next = [&stream](std::string_view text) {
        const auto events = stream.feed(text);
        EXPECT_TRUE(events && events->size() == 1) << text;
        return events && !events->empty() ? events->front().type : std::string();
    };
    EXPECT_EQ(next("event: ping\nid: 7\ndata: a\n\n"), "ping");
    EXPECT_EQ(stream.last_id(), "7");
    EXPECT_EQ(next("data: b\n\n"), "message");
    EXPECT_EQ(stream.last_id(), "7");
    EXPECT_EQ(next("id\ndata: c\n\n"), "message");
    EXPECT_EQ(stream.last_id(), "");
}

TEST(EventStream, AnIdIsThatOfTheLastEventThatEndedEvenOneWithoutData) {
    EventStream stream(1000);
    ASSERT_TRUE(stream.feed("id: 1\n"));
    EXPECT_EQ(stream.last_id(), "");
    ASSERT_TRUE(stream.feed("\n"));
    EXPECT_EQ(stream.last_id(), "1");
    ASSERT_TRUE(stream.feed("id: 2\n"));
    stream.begin_again();
    ASSERT_TRUE(stream.feed("\n"));
    EXPECT_EQ(stream.last_id(), "1");
}

// A copy of it for each event would be 30 GB here, and one for each line 400.
TEST(EventStream, ALongIdCostsNothingForEachEventAfterIt) {
    constexpr std::size_t longest = 4u << 20;
    EventStream stream(longest);
    const std::string id(longest - 100, 'i');
    ASSERT_TRUE(stream.feed("id: " + id + "\n"));
    std::string piece;
    while (piece.size() < 48'000) piece += "data\n\n";
    const auto events = stream.feed(piece);
    ASSERT_TRUE(events);
    EXPECT_EQ(events->size(), 8000u);
    ASSERT_TRUE(stream.feed(std::string(100'000, '\n')));
    EXPECT_EQ(stream.last_id(), id);
}

TEST(EventStream, AnIdWithNulIsIgnored) {
    EventStream stream(1000);
    const auto events = stream.feed(std::string_view("id: 1\nid: 2\0\ndata: a\n\n", 22));
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), 1u);
    EXPECT_EQ(stream.last_id(), "1");
}

TEST(EventStream, RetryIsDigitsOnly) {
    EventStream stream(1000);
    ASSERT_TRUE(stream.feed("retry: 12x\nretry:\nretry: -1\n"));
    EXPECT_FALSE(stream.retry());
    ASSERT_TRUE(stream.feed("retry: 1500\n"));
    EXPECT_EQ(stream.retry(), std::chrono::milliseconds(1500));
}

TEST(EventStream, ALeadingByteOrderMarkIsSkippedOnce) {
    EXPECT_EQ(data_of("\xEF\xBB\xBF"
                      "data: a\n\n\xEF\xBB\xBF"
                      "data: b\n\n"),
              Data({"a"}));
}

TEST(EventStream, PiecesMayEndAnywhere) {
    const std::string text =
        "\xEF\xBB\xBF: hello\r\nid: 1\r\ndata: first\r\ndata: \xC3\xA9\r\n\r\n"
        "event: message\rdata: second\r\rdata: third\n\n";
    const Data expected = {"first\n\xC3\xA9", "second", "third"};
    ASSERT_EQ(data_of(text), expected);
    for (std::size_t size = 1; size < text.size(); ++size) {
        EventStream stream(1000);
        Data data;
        for (std::size_t at = 0; at < text.size(); at += size) {
            const auto events = stream.feed(std::string_view(text).substr(at, size));
            ASSERT_TRUE(events);
            for (const ServerEvent& event : *events) data.push_back(event.data);
        }
        EXPECT_EQ(data, expected) << "in pieces of " << size;
    }
}

TEST(EventStream, AnEventOrALineOverTheLimitIsRefused) {
    const auto refused = [](std::string_view text) {
        EventStream stream(20);
        const auto events = stream.feed(text);
        return !events && events.error().status == Status::protocol;
    };
    EXPECT_FALSE(refused("data: 12345678901234\n\n"));
    EXPECT_TRUE(refused("data: 123456789012345\n\n"));
    EXPECT_TRUE(refused(": a comment that does not end"));
    EXPECT_TRUE(refused("data: 1234567\ndata: 1234567\ndata: 1\n\n"));
    EXPECT_FALSE(refused("data: 1234567890\n\ndata: 1234567890\n\n"));
}

TEST(EventStream, TheLimitHoldsOverPieces) {
    EventStream stream(8);
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(stream.feed("x"));
    EXPECT_FALSE(stream.feed("x"));
}

}  // namespace
}  // namespace mcp_auth::mcp
