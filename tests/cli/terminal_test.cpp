// Colour for a terminal, plain text for a pipe, and nothing that a peer's text could do harm with.
#include "terminal.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace mcp_auth::cli {
namespace {

TEST(Printable, KeepsOrdinaryTextInAnyScript) {
    EXPECT_EQ(printable("plain ~ äöü 世界 🙂"), "plain ~ äöü 世界 🙂");
}

TEST(Printable, TakesEscapesAndControlCharactersAway) {
    EXPECT_EQ(printable("a\x1b[31mb"), "a [31mb");
    EXPECT_EQ(printable(std::string_view("a\0b\tc\rd\ne\x7F", 10)), "a b c d e ");
    EXPECT_EQ(printable("a\xC2\x9B"
                        "31mb"),
              "a 31mb");  // C1: CSI in one character
}

TEST(Printable, TakesBidirectionalOverridesAway) {
    EXPECT_EQ(printable("a\xE2\x80\xAE"
                        "b\xE2\x81\xA6"
                        "c"),
              "a b c");
}

TEST(Printable, KeepsLineFeedsOnlyWhereAskedTo) {
    EXPECT_EQ(printable("a\nb"), "a b");
    EXPECT_EQ(printable("a\nb\r\n", true), "a\nb \n");
}

TEST(Printable, ReplacesWhatIsNoUtf8) {
    const std::string bad = "\xEF\xBF\xBD";
    EXPECT_EQ(printable("a\x9B"
                        "b"),
              "a" + bad + "b");                             // a bare C1 byte
    EXPECT_EQ(printable("\xC0\xAF"), bad + bad);            // overlong
    EXPECT_EQ(printable("\xED\xA0\x80"), bad + bad + bad);  // a surrogate
    EXPECT_EQ(printable("a\xE4\xB8"), "a" + bad + bad);     // cut off
    EXPECT_EQ(printable("\xF5\x80\x80\x80"), bad + bad + bad + bad);
}

TEST(Padded, CountsCharactersNotBytes) {
    EXPECT_EQ(padded("äb", 4), "äb  ");
    EXPECT_EQ(padded("abcd", 2), "abcd");
}

// A pseudo terminal, and the environment that decides on colour.
class Colour : public ::testing::Test {
protected:
    Colour() : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
        ::grantpt(master_);
        ::unlockpt(master_);
        char name[128] = {};
        if (::ptsname_r(master_, name, sizeof name) == 0) slave_ = ::open(name, O_RDWR | O_NOCTTY);
        ::setenv("TERM", "xterm", 1);
        ::unsetenv("NO_COLOR");
    }
    ~Colour() override {
        ::close(slave_);
        ::close(master_);
        ::unsetenv("NO_COLOR");
    }
    bool coloured(int descriptor) const {
        return Terminal(descriptor).red("x") == "\x1b[31mx\x1b[0m";
    }

    int master_;
    int slave_ = -1;
};

TEST_F(Colour, IsForTerminalsAlone) {
    EXPECT_TRUE(coloured(slave_));
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    EXPECT_FALSE(coloured(ends[1]));
    EXPECT_EQ(Terminal(ends[1]).red("x"), "x");
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_F(Colour, RespectsNoColor) {
    ::setenv("NO_COLOR", "1", 1);
    EXPECT_FALSE(coloured(slave_));
    ::setenv("NO_COLOR", "", 1);  // empty counts as not set
    EXPECT_TRUE(coloured(slave_));
}

TEST_F(Colour, ADumbOrUnknownTerminalHasNone) {
    ::setenv("TERM", "dumb", 1);
    EXPECT_FALSE(coloured(slave_));
    ::unsetenv("TERM");
    EXPECT_FALSE(coloured(slave_));
}

TEST(TerminalWrite, ADescriptorThatCannotBeWrittenIsUnavailable) {
    const int read_only = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const Result<void> written = Terminal(read_only).write("x");
    ::close(read_only);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().status, Status::unavailable);
}

}  // namespace
}  // namespace mcp_auth::cli
