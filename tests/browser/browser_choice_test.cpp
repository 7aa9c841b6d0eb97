#include "browser_choice.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

namespace mcp_auth::host {
namespace {

class BrowserChoice : public ::testing::Test {
protected:
    BrowserChoice() {
        firefox = directory.write("firefox", "#!/bin/sh\n", 0755);
        xdg_open = directory.write("xdg-open", "#!/bin/sh\n", 0755);
        directory.write("readme", "", 0644);
        desktop.path = "relative:" + directory.path();
    }
    testing::TemporaryDirectory directory;
    std::string firefox, xdg_open;
    DesktopEnvironment desktop;
    const std::string url = "https://auth.example/authorize?a=$(x)&b='";
};

TEST_F(BrowserChoice, TriesTheProgramsOfBrowserInOrder) {
    desktop.browser = "nowhere:firefox --new-window %s:/nowhere/chrome:" + firefox;
    EXPECT_EQ(browser_commands(desktop, url),
              (std::vector<Argv>{{firefox, "--new-window", url}, {firefox, url}}));
}

TEST_F(BrowserChoice, PutsTheUrlIntoTheWordThatAsksForItAndNeverIntoAShell) {
    desktop.browser = "firefox --url=%s -n";
    EXPECT_EQ(browser_commands(desktop, url), (std::vector<Argv>{{firefox, "--url=" + url, "-n"}}));
}

TEST_F(BrowserChoice, IsXdgOpenOnADisplayWithoutBrowser) {
    EXPECT_TRUE(browser_commands(desktop, url).empty());
    desktop.display = true;
    EXPECT_EQ(browser_commands(desktop, url), (std::vector<Argv>{{xdg_open, url}}));
}

TEST_F(BrowserChoice, LeavesOutWhatCannotBeRunOrLiesInTheCurrentDirectory) {
    desktop.browser = "readme:./firefox:bin/firefox";
    EXPECT_TRUE(browser_commands(desktop, url).empty());
}

TEST_F(BrowserChoice, IsNothingForAProcessWithRaisedPrivileges) {
    desktop.browser = "firefox";
    desktop.raised_privileges = true;
    EXPECT_TRUE(browser_commands(desktop, url).empty());
}

}  // namespace
}  // namespace mcp_auth::host
