// mcp_auth/host/browser.hpp - how a page is shown to the user, when a provider needs them to sign
// in or to consent.
//
//     class Shown final : public mcp_auth::Browser {
//         Result<void> open(const std::string& url, const Bounds&) override {
//             return window.navigate(url) ? Result<void>() : Error(Status::unavailable, ...);
//         }
//     };
//     options.browser = std::make_shared<Shown>();
//
// The host makes the URL, listens on loopback for the answer and checks it (RFC 8252, RFC 7636,
// RFC 9207); a browser only shows the page. An embedded web view is no browser: the application
// could read what the user types (RFC 8252 8.12).
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <memory>
#include <string>

namespace mcp_auth {

class MCP_AUTH_HOST_API Browser {
public:
    virtual ~Browser() = default;
    // Shows `url` to the user and returns; what the user does there is not waited for. `bounds`
    // are cancelled, too, once the answer has arrived. Any thread.
    // Errors: interaction_required (there is no browser, and what to do), and those of `bounds`.
    virtual Result<void> open(const std::string& url, const Bounds& bounds) = 0;
};

// The desktop's: each program that $BROWSER lists (separated by ':'; "%s" stands for the URL, else
// it goes last; no shell), until one starts; without $BROWSER, `xdg-open` where there is a display.
// Programs inherit nothing but the environment, and outlive the application. A process with raised
// privileges opens none. Reads the environment now.
MCP_AUTH_HOST_API std::shared_ptr<Browser> system_browser();

}  // namespace mcp_auth
