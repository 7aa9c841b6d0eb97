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

TEST_F(TraceTest, SendsWithoutASinkOrAClock) {
    http.on("POST", where).json(200, "{}");
    EXPECT_TRUE(send_leg(http, request, "registration", Trace{}, {}));
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

TEST(Correlation, IsDroppedWhenItIsNotAShortPrintableWord) {
    for (const std::string& value :
         {std::string("a\nb"), std::string("a b"), std::string("\x1b[2J"), std::string("\xc3\xa4"),
          std::string(129, 'a')}) {
        HttpResponse response;
        response.headers = {{"x-request-id", value}};
        EXPECT_EQ(correlation_of(response), "");
    }
}

}  // namespace
}  // namespace mcp_auth::host
