// K2: only `unavailable` is tried again, at most three times, within the deadline.
#include "token_endpoint_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

namespace mcp_auth::host {
namespace {

using namespace std::chrono_literals;
using testing::good_answer;

class TokenRetry : public testing::TokenEndpointFixture {
protected:
    TokenRetry() {
        clock->auto_advance(true);
        clock->set_random(0);
    }
    std::size_t tries() const { return http.requests().size(); }
};

TEST_F(TokenRetry, SucceedsOnceTheServerIsBack) {
    on_token().respond(500, "<html>").fail(Status::unavailable, "reset").json(200, good_answer);
    const auto token = request();
    EXPECT_TRUE(token);
    EXPECT_EQ(tries(), 3u);
    EXPECT_EQ(http.requests()[0].body, http.requests()[2].body);
    EXPECT_EQ(http.requests()[0].headers, http.requests()[2].headers);
}

TEST_F(TokenRetry, GivesUpAfterThreeTries) {
    on_token().json(503, "{}").always();
    const auto token = request();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::unavailable);
    EXPECT_EQ(token.error().http_status, 503);
    EXPECT_EQ(tries(), 3u);
}

TEST_F(TokenRetry, RecordsEachTry) {
    on_token().json(503, "{}").always();
    ASSERT_FALSE(request());
    const auto events = sink->events();
    ASSERT_EQ(events.size(), 3u);
    using Fields = std::vector<std::pair<std::string, std::string>>;
    EXPECT_TRUE(events[0].fields.empty());
    EXPECT_EQ(events[1].fields, (Fields{{"try", "2"}}));
    EXPECT_EQ(events[2].fields, (Fields{{"try", "3"}}));
    for (const auto& event : events) EXPECT_EQ(event.status, Status::unavailable);
}

TEST_F(TokenRetry, BacksOffLongerEachTime) {
    on_token().json(503, "{}").always();
    const auto start = clock->now();
    ASSERT_FALSE(request());
    EXPECT_EQ(clock->waits(), (std::vector<Deadline>{start + 200ms, start + 600ms}));
}

TEST_F(TokenRetry, AddsARandomPartToItsBackOff) {
    clock->set_random(0xff);
    on_token().json(503, "{}").always();
    const auto start = clock->now();
    ASSERT_FALSE(request());
    EXPECT_EQ(clock->waits(), (std::vector<Deadline>{start + 400ms, start + 1200ms}));
}

TEST_F(TokenRetry, WaitsAsLongAsTheServerAsks) {
    on_token().json(429, "{}", {{"Retry-After", "7"}}).json(200, good_answer);
    const auto start = clock->now();
    EXPECT_TRUE(request());
    EXPECT_EQ(clock->waits(), (std::vector<Deadline>{start + 7s}));
}

TEST_F(TokenRetry, AnswersAtOnceWhenTheServerAsksForMoreThanTheDeadlineAllows) {
    on_token().json(429, "{}", {{"Retry-After", "7"}});
    Bounds bounds;
    bounds.deadline = clock->now() + 7s;
    const auto token = request(bounds);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status(), Status::unavailable);
    EXPECT_EQ(token.error().retry_after, 7s);
    EXPECT_EQ(tries(), 1u);
    EXPECT_TRUE(clock->waits().empty());
}

TEST_F(TokenRetry, DoesNotWaitForAnHourWhenThereIsNoDeadline) {
    on_token().json(503, "{}", {{"Retry-After", "3600"}});
    const auto token = request();
    EXPECT_EQ(token.status(), Status::unavailable);
    EXPECT_EQ(token.error().retry_after, 3600s);
    EXPECT_EQ(tries(), 1u);
}

TEST_F(TokenRetry, StopsWhenCancelledWhileItWaits) {
    clock->auto_advance(false);
    on_token().json(503, "{}", {{"Retry-After", "30"}});
    Bounds bounds;
    std::optional<Error> error;
    std::thread caller([&] { error = request(bounds).error(); });
    clock->block_until_waiting();
    bounds.cancellation.cancel();
    caller.join();
    EXPECT_EQ(error->status, Status::cancelled);
    EXPECT_EQ(error->leg, "redemption");
    EXPECT_EQ(tries(), 1u);
}

TEST_F(TokenRetry, StopsAtADeadlineThatPassedDuringATry) {
    Bounds bounds;
    bounds.deadline = clock->now() + 10s;
    on_token().answer([&](const HttpRequest&, const Bounds&) {
        clock->advance(11s);
        return Result<HttpResponse>(Error(Status::unavailable, "", "timed out"));
    });
    EXPECT_EQ(request(bounds).status(), Status::unavailable);
    EXPECT_EQ(tries(), 1u);
}

TEST_F(TokenRetry, ReadsTheSecretAnewForEachTry) {
    on_token()
        .answer([&](const HttpRequest&, const Bounds&) {
            client.secret.literal = Secret("rotated");
            return Result<HttpResponse>(Error(Status::unavailable, "", "reset"));
        })
        .json(200, good_answer);
    ASSERT_TRUE(request());
    EXPECT_NE(http.requests()[0].headers, http.requests()[1].headers);
}

class NotRetried : public TokenRetry,
                   public ::testing::WithParamInterface<std::pair<int, std::string>> {};

TEST_P(NotRetried, IsAnAnswerThatSaysAnythingElse) {
    on_token().json(GetParam().first, GetParam().second);
    EXPECT_FALSE(request());
    EXPECT_EQ(tries(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Each, NotRetried,
                         ::testing::Values(std::pair{400, R"({"error":"invalid_grant"})"},
                                           std::pair{401, R"({"error":"invalid_client"})"},
                                           std::pair{403, R"({"error":"access_denied"})"},
                                           std::pair{200, "{"}, std::pair{302, ""},
                                           std::pair{404, "<html>"},
                                           std::pair{500, R"({"error":"invalid_client"})"}));

class UsedUpGrant : public TokenRetry, public ::testing::WithParamInterface<std::string> {};

TEST_P(UsedUpGrant, IsNeverSentTwice) {
    fields = {{"grant_type", GetParam()}};
    for (const int status : {429, 500, 503}) {
        on_token().json(status, "{}");
        EXPECT_EQ(request().status(), Status::unavailable);
    }
    on_token().fail(Status::unavailable, "reset");
    EXPECT_EQ(request().status(), Status::unavailable);
    EXPECT_EQ(tries(), 4u);
    EXPECT_TRUE(http.unexpected().empty());
}

INSTANTIATE_TEST_SUITE_P(Each, UsedUpGrant,
                         ::testing::Values("authorization_code", "refresh_token"));

TEST_F(TokenRetry, TriesAnExchangeAgain) {
    fields = {{"grant_type", std::string(token_exchange_grant)}, {"subject_token", "canary"}};
    on_token().json(500, "{}").json(200, R"({"access_token":"a.b.c"})");
    EXPECT_TRUE(request());
    EXPECT_EQ(tries(), 2u);
}

}  // namespace
}  // namespace mcp_auth::host
