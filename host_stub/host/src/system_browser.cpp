#include "browser_choice.hpp"
#include "detached_process.hpp"

#include <mcp_auth/host/browser.hpp>

#include <chrono>
#include <utility>

namespace mcp_auth {
namespace {

// How long a program may take to find out that it cannot show anything.
constexpr std::chrono::milliseconds watch{3000};

class SystemBrowser final : public Browser {
public:
    explicit SystemBrowser(host::DesktopEnvironment desktop) : desktop_(std::move(desktop)) {}

    Result<void> open(const std::string& url, const Bounds& bounds) override {
        std::string why;
        for (const auto& argv : host::browser_commands(desktop_, url)) {
            auto started = host::start_detached(argv, watch, bounds);
            if (started || started.status() != Status::unavailable) return started;
            why += (why.empty() ? "" : "; ") + started.error().message;
        }
        return Error(Status::interaction_required, "browser",
                     "the user must sign in, and no browser could be opened" +
                         (why.empty() ? std::string() : " (" + why + ")") +
                         ": run this where there is a desktop, or set $BROWSER to a program that "
                         "opens a URL");
    }

private:
    const host::DesktopEnvironment desktop_;
};

}  // namespace

std::shared_ptr<Browser> system_browser() {
    return std::make_shared<SystemBrowser>(host::DesktopEnvironment::of_process());
}

}  // namespace mcp_auth
