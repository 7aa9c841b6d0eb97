// Which program shows a page: what $BROWSER and the desktop say.
#pragma once

#include <string>
#include <vector>

namespace mcp_auth::host {

// Of the environment, read once.
struct DesktopEnvironment {
    std::string browser;  // $BROWSER
    std::string path;     // $PATH
    bool display = false;
    bool raised_privileges = false;
    static DesktopEnvironment of_process();
};

using Argv = std::vector<std::string>;

// The commands to try for `url`, in order, argv[0] an absolute path. $BROWSER is a list separated
// by ':', as xdg-open reads it: words separated by blanks, "%s" for the URL, which else goes last.
// A program that $PATH does not have is left out. Without $BROWSER: xdg-open, where there is a
// display (else it would start a text browser on a terminal that is ours).
std::vector<Argv> browser_commands(const DesktopEnvironment& desktop, const std::string& url);

}  // namespace mcp_auth::host
