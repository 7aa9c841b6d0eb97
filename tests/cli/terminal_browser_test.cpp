#include "terminal_browser.hpp"

#include <gmock/gmock.h>

#include <pty.h>
#include <unistd.h>

#include <array>
#include <string>

namespace mcp_auth::cli {
namespace {

class Scripted final : public Browser {
public:
    explicit Scripted(Result<void> answer) : answer_(std::move(answer)) {}
    Result<void> open(const std::string&, const Bounds&) override { return answer_; }

private:
    const Result<void> answer_;
};

std::shared_ptr<Browser> missing() {
    return std::make_shared<Scripted>(Error(Status::interaction_required, "browser", "none here"));
}

constexpr const char* url = "https://auth.example/authorize?state=s";

class TerminalBrowserTest : public ::testing::Test {
protected:
    TerminalBrowserTest() { EXPECT_EQ(openpty(&master_, &slave_, nullptr, nullptr, nullptr), 0); }
    ~TerminalBrowserTest() override {
        close(master_);
        close(slave_);
    }
    std::string shown() const {
        std::array<char, 1024> text{};
        const auto got = read(master_, text.data(), text.size());
        return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
    }
    int master_ = -1, slave_ = -1;
};

TEST_F(TerminalBrowserTest, PrintsTheUrlForThePersonWhereNoBrowserOpens) {
    EXPECT_TRUE(terminal_browser(missing(), Terminal(slave_))->open(url, {}));
    EXPECT_THAT(shown(), ::testing::HasSubstr(url));
}

TEST_F(TerminalBrowserTest, SaysThatThereIsNoneWhereNobodyReads) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const auto opened = terminal_browser(missing(), Terminal(ends[1]))->open(url, {});
    close(ends[0]);
    close(ends[1]);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().status, Status::interaction_required);
    EXPECT_EQ(opened.error().message, "none here");
}

TEST_F(TerminalBrowserTest, PrintsNothingWhereOneOpens) {
    const auto system = std::make_shared<Scripted>(Result<void>());
    EXPECT_TRUE(terminal_browser(system, Terminal(slave_))->open(url, {}));
    (void)Terminal(slave_).write("end");
    EXPECT_EQ(shown(), "end");
}

}  // namespace
}  // namespace mcp_auth::cli
