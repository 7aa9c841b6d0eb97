#include "terminal_browser.hpp"

#include <utility>

namespace mcp_auth::cli {
namespace {

class TerminalBrowser final : public Browser {
public:
    TerminalBrowser(std::shared_ptr<Browser> system, Terminal terminal)
        : system_(std::move(system)), terminal_(std::move(terminal)) {}

    Result<void> open(const std::string& url, const Bounds& bounds) override {
        auto opened = system_->open(url, bounds);
        if (opened || opened.status() != Status::interaction_required || !terminal_.is_terminal())
            return opened;
        // The answer comes to loopback: another machine's browser cannot bring it.
        return terminal_.write("mcp-auth: open this in a browser on this machine, to go on:\n\n" +
                               printable(url) + "\n\n");
    }

private:
    const std::shared_ptr<Browser> system_;
    const Terminal terminal_;
};

}  // namespace

std::shared_ptr<Browser> terminal_browser(std::shared_ptr<Browser> system, Terminal terminal) {
    return std::make_shared<TerminalBrowser>(std::move(system), std::move(terminal));
}

}  // namespace mcp_auth::cli
