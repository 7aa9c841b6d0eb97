// Errors: what failed, where, why, what to do, and the exit code.
#include "report.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::cli {
namespace {

std::string account(const Error& error) {
    return account_of(error, Terminal(-1));
}

TEST(Report, AnErrorSaysWhatFailedWhereWhyAndWhatToDo) {
    Error error(Status::denied, "exchange", "https://idp.example refuses");
    error.oauth_error = "access_denied";
    error.description = "no access";
    error.http_status = 400;
    EXPECT_EQ(
        account(error),
        "mcp-auth: exchange: denied: https://idp.example refuses\n"
        "  the peer said: access_denied: \"no access\"\n"
        "  HTTP status: 400\n"
        "  what to do: this is a decision of the enterprise's policy or of the server: ask the "
        "administrator; trying again does not help\n");
}

TEST(Report, ASignInSaysHowFreshAndHowStrong) {
    Error error(Status::interaction_required, "exchange",
                "the identity provider wants a new sign-in");
    error.max_age = std::chrono::seconds(300);
    error.acr_values = "urn:example:mfa";
    const std::string text = account(error);
    EXPECT_NE(text.find("sign-in at most: 300 s old\n"), std::string::npos) << text;
    EXPECT_NE(text.find("sign-in with: urn:example:mfa\n"), std::string::npos) << text;
}

TEST(Report, AnOutageSaysWhenToTryAgain) {
    Error error(Status::unavailable, "redemption", "busy");
    error.retry_after = std::chrono::seconds(17);
    EXPECT_NE(account(error).find("try again after: 17 s\n"), std::string::npos);
}

TEST(Report, APeersWordsCannotDrawOnTheTerminal) {
    Error error(Status::denied, "exchange", "a\x1b[2Jb");
    error.description = "c\nmcp-auth: ok\x07";
    const std::string text = account(error);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
    EXPECT_EQ(text.find("\nmcp-auth: ok"), std::string::npos);
}

TEST(Report, AConfigurationErrorIsItsMessageAlone) {
    EXPECT_EQ(
        account(Error(Status::misconfigured, "configuration", "c.json: /version: expected 1")),
        "mcp-auth: configuration: misconfigured: c.json: /version: expected 1\n");
}

TEST(Report, TheMcpServersOwnErrorIsNoStatusOfOurs) {
    Error error(Status::unsupported, "mcp", "the MCP server answered with error -32602");
    error.description = "no such tool";
    EXPECT_EQ(account_of(mcp::Failure(error, mcp::RpcError{}), Terminal(-1)),
              "mcp-auth: mcp: refused by the server: the MCP server answered with error -32602\n"
              "  the peer said: \"no such tool\"\n");
    EXPECT_EQ(account_of(mcp::Failure(error), Terminal(-1)), account(error));
}

TEST(Report, TheExitCodeIsTheStatusNumberAnd11ForTheMcpServersOwnErrors) {
    EXPECT_EQ(exit_code(Status::ok), 0);
    EXPECT_EQ(exit_code(Status::misconfigured), 3);
    EXPECT_EQ(exit_code(Status::unsupported), 10);
    EXPECT_EQ(exit_code(mcp::Failure(Error(Status::protocol, "mcp", "m"))), 7);
    EXPECT_EQ(exit_code(mcp::Failure(Error(Status::unsupported, "mcp", "m"), mcp::RpcError{})), 11);
}

}  // namespace
}  // namespace mcp_auth::cli
