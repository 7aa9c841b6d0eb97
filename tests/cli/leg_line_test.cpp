// One event, one line, in columns.
#include "leg_line.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::cli {
namespace {

using std::chrono::microseconds;

AuditEvent exchange() {
    AuditEvent event;
    event.leg = "exchange";
    event.peer = "https://idp.example";
    event.event = "asked";
    event.http_status = 200;
    event.duration = microseconds(4210);
    return event;
}

std::string line(const AuditEvent& event) {
    return leg_line(event, Terminal(-1));
}

TEST(LegLine, HasWhatWhomHowAndHowLong) {
    EXPECT_EQ(line(exchange()),
              "+ exchange           https://idp.example        200 4.2 ms   asked");
}

TEST(LegLine, AFailureIsMarkedAndNamed) {
    AuditEvent event = exchange();
    event.status = Status::denied;
    event.http_status = 400;
    EXPECT_EQ(line(event),
              "! exchange           https://idp.example        400 4.2 ms   asked denied");
}

TEST(LegLine, FieldsAndThePeersRequestIdFollow) {
    AuditEvent event = exchange();
    event.fields = {{"scope", "chat.read"}};
    event.correlation = "r-1";
    const std::string text = line(event);
    EXPECT_EQ(text.substr(text.find("asked")), "asked scope=chat.read request-id=r-1");
}

TEST(LegLine, AnEventStaysOnItsLine) {
    AuditEvent event = exchange();
    event.fields = {{"reason", "a\nb\x1b[2J"}};
    EXPECT_EQ(line(event).find('\n'), std::string::npos);
    EXPECT_EQ(line(event).find('\x1b'), std::string::npos);
}

TEST(LegLine, DurationsHaveTheUnitThatFits) {
    EXPECT_EQ(duration_text(microseconds(380)), "0.4 ms");
    EXPECT_EQ(duration_text(microseconds(42100)), "42.1 ms");
    EXPECT_EQ(duration_text(microseconds(312345)), "312 ms");
    EXPECT_EQ(duration_text(microseconds(2310000)), "2.31 s");
}

}  // namespace
}  // namespace mcp_auth::cli
