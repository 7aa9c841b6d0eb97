#include "trace.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_sink.hpp"
#include "support/scripted_transport.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace mcp_auth::host {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;
using testing::RecordingSink;
using testing::ScriptedTransport;

constexpr auto where = "https://auth.example:8443/token?canary=1";

class TraceTest : public ::testing::Test {
protected:
    TraceTest() {
        trace.sink = sink;
        trace.clock = clock;
        trace.acquisition = 7;
        trace.connection = "chat";
        trace.provider = "acme";
        trace.user = "alice";
    }
    AuditEvent only_event() {
        EXPECT_EQ(sink->events().size(), 1u);
        return sink->events().at(0);
    }

    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
    Trace trace;
    ScriptedTransport http;
    HttpRequest request{"POST", where, {}, "canary", 1024, 0, "", ""};
};

TEST_F(TraceTest, FillsInWhatTheEventsOfOneAcquisitionShare) {
    AuditEvent event;
    event.leg = "subject";
    trace.record(event);
    const auto recorded = only_event();
    EXPECT_EQ(recorded.at, ManualClock::start_wall);
    EXPECT_EQ(recorded.acquisition, 7u);
    EXPECT_EQ(recorded.connection, "chat");
    EXPECT_EQ(recorded.provider, "acme");
    EXPECT_EQ(recorded.user, "alice");
    EXPECT_EQ(recorded.leg, "subject");
}

TEST_F(TraceTest, DoesNothingWhenNobodyListens) {
    trace.sink = nullptr;
    EXPECT_FALSE(trace.listening());
    trace.record({});
    EXPECT_TRUE(sink->events().empty());
}

TEST_F(TraceTest, RecordsOneLegOfARequestWithoutItsPathOrBody) {
    http.on("POST", where).answer([&](const HttpRequest&, const Bounds&) {
        clock->advance(1500us);
        HttpResponse response;
        response.status = 201;
        response.headers = {{"X-Request-Id", "r-1"}};
        return Result<HttpResponse>(response);
    });
    ASSERT_TRUE(send_leg(http, request, "registration", trace, {}));
    const auto event = only_event();
    EXPECT_EQ(event.kind, AuditEvent::Kind::leg);
    EXPECT_EQ(event.leg, "registration");
    EXPECT_EQ(event.peer, "https://auth.example:8443");
    EXPECT_EQ(event.event, "asked");
    EXPECT_EQ(event.status, Status::ok);
    EXPECT_EQ(event.http_status, 201);
    EXPECT_EQ(event.duration, 1500us);
    EXPECT_EQ(event.correlation, "r-1");
    EXPECT_TRUE(event.fields.empty());
}

TEST_F(TraceTest, GivesAFailureItsLegAndRecordsIt) {
    http.on("POST", where).fail(Status::unavailable, "connection refused");
    const auto answer = send_leg(http, request, "registration", trace, {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().leg, "registration");
    EXPECT_EQ(only_event().status, Status::unavailable);
    EXPECT_EQ(only_event().http_status, 0);
}

// To compare it with all that was sent and said costs more than to count.
TEST_F(TraceTest, LooksForNoCorrelationIdWhereEventsAreOnlyCounted) {
    HttpResponse answer;
    answer.status = 200;
    answer.headers = {{"X-Request-Id", "r-1"}};
    EXPECT_EQ(leg_event(trace, "token", request, answer, {}).correlation, "r-1");
    trace.only_counted = true;
    EXPECT_EQ(leg_event(trace, "token", request, answer, {}).correlation, "");
}

TEST_F(TraceTest, SendsWithoutASinkOrAClock) {
    http.on("POST", where).json(200, "{}");
    EXPECT_TRUE(send_leg(http, request, "registration", Trace{}, {}));
}

// L4: a peer that has a part of what it was sent, or of what it issues, for its request's name.
class CorrelationThatRepeats : public TraceTest {
protected:
    CorrelationThatRepeats() {
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                           {"Authorization", "Basic aWQ6Y2FuYXJ5JTJGb25lJTJGdHdv"}};
        request.body = "client_id=the-host-itself&token=canary%2Fthree%2Ffour&pin=canary-5";
    }
    std::string recorded(const std::string& correlation, int status = 400,
                         const std::string& body = {}) {
        http.on(request.method, request.url).json(status, body, {{"x-request-id", correlation}});
        EXPECT_TRUE(send_leg(http, request, "revocation", trace, {}));
        return sink->events().back().correlation;
    }
};

TEST_F(CorrelationThatRepeats, TheCredentialsOfTheClientIsDropped) {
    for (const auto* text : {"aWQ6Y2FuYXJ5JTJGb25lJTJGdHdv", "id:canary/one/two", "canary/one/two",
                             "r-canary/one/two", "anary/one/tw", "ary/one/"})
        EXPECT_EQ(recorded(text), "") << text;
}

TEST_F(CorrelationThatRepeats, AFieldOfTheFormIsDropped) {
    for (const auto* text :
         {"canary/three/four", "r-nary/three/fou", "three/fo", "canary-5", "r-canary-5"})
        EXPECT_EQ(recorded(text), "") << text;
}

TEST_F(CorrelationThatRepeats, ABodyOfAnotherKindIsDropped) {
    request.headers = {{"Content-Type", "application/json"}, {"X-Key", "canary-key"}};
    request.body = R"({"password":"canary-password"})";
    for (const auto* text : {"canary-password", "canary-key"})
        EXPECT_EQ(recorded(text), "") << text;
}

TEST_F(CorrelationThatRepeats, ThePathOrTheQueryIsDropped) {
    request.url = "https://auth.example/hooks/canary-of-the-path?key=canary%2Fquery";
    for (const auto* text : {"canary-of-the-path", "canary/query"})
        EXPECT_EQ(recorded(text), "") << text;
}

TEST_F(CorrelationThatRepeats, WhatTheAnswerIssuesIsDropped) {
    EXPECT_EQ(recorded("canary-secret", 201, R"({"client_secret":"canary-secret"})"), "");
}

TEST_F(CorrelationThatRepeats, WhatIsNoSecretIsRecorded) {
    for (const auto* text : {"the-host-itself", "auth.example:8443", "5c1e9ed4-7a0e-4b52"})
        EXPECT_EQ(recorded(text), text);
    // As servers do that want their errors reported.
    EXPECT_EQ(recorded("5c1e9ed4-7a0e-4b52", 400, R"({"trace_id":"5c1e9ed4-7a0e-4b52"})"),
              "5c1e9ed4-7a0e-4b52");
}

TEST(Correlation, IsReadFromTheHeadersThatServersUse) {
    for (const char* name : {"x-request-id", "X-Okta-Request-Id", "x-ms-request-id",
                             "X-Correlation-ID", "request-id"}) {
        HttpResponse response;
        response.headers = {{name, "abc-123"}};
        EXPECT_EQ(correlation_of(response), "abc-123") << name;
    }
    EXPECT_EQ(correlation_of({}), "");
}

TEST(Correlation, IsDroppedWhenItIsNotAShortWord) {
    for (const std::string& value :
         {std::string("a\nb"), std::string("a b"), std::string("\x1b[2J"), std::string("\xc3\xa4"),
          std::string(129, 'a'), std::string("a%2Fb"), std::string("{\"a\"}")}) {
        HttpResponse response;
        response.headers = {{"x-request-id", value}};
        EXPECT_EQ(correlation_of(response), "");
    }
}

}  // namespace
}  // namespace mcp_auth::host
