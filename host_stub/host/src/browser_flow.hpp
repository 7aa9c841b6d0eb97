// One trip through the user's browser: an authorization request goes out, its answer comes back to
// loopback (RFC 8252), and is checked (state, PKCE, `iss`) before anybody sees it.
//
//     BrowserFlows flows(clock, browser);                       // one a host
//     auto flow = flows.begin({issuer, endpoint, iss_promised, {}}, bounds);
//     url = endpoint + "?response_type=code&redirect_uri=" + flow->redirect_uri() + ...
//     auto answer = (*flow)->finish(url, bounds);               // opens it, and waits
#pragma once

#include "authorization_response.hpp"
#include "loopback_listener.hpp"
#include "pkce.hpp"
#include "redirect_uri.hpp"

#include <mcp_auth/host/browser.hpp>
#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace mcp_auth::host {

class BrowserFlows;

struct BrowserFlowRequest {
    std::string issuer;
    std::string authorization_endpoint;  // of that issuer's validated metadata
    bool iss_promised = false;           // authorization_response_iss_parameter_supported
    RedirectUri redirect;                // port 0: one that the system picks
};

struct AuthorizationCode {
    Secret code;
    Secret verifier;  // PKCE
};

class BrowserFlow {
public:
    ~BrowserFlow();  // the listener goes on for a while, to tell a late browser that it is late
    BrowserFlow(const BrowserFlow&) = delete;
    BrowserFlow& operator=(const BrowserFlow&) = delete;

    const std::string& redirect_uri() const noexcept { return redirect_uri_; }
    const std::string& code_challenge() const noexcept { return pkce_.challenge; }
    std::string_view state() const noexcept;

    // Opens `url`, which is wiped then, and waits for the answer, once. The URL must be the
    // authorization_endpoint plus a query that has this flow's response_type, redirect_uri, state
    // and S256 challenge. Errors, leg "authorization" or "browser": invalid_argument (another URL),
    // what Browser::open says, what the answer means, deadline, cancelled.
    Result<AuthorizationCode> finish(std::string url, const Bounds& bounds);

private:
    friend class BrowserFlows;
    struct Answer;
    BrowserFlow(BrowserFlows& flows, BrowserFlowRequest request);
    Result<void> listen(const RedirectUri& redirect);
    Result<void> check(const std::string& url) const;
    Result<Secret> wait(const Bounds& bounds);

    BrowserFlows& flows_;
    const std::string endpoint_;
    const std::uint16_t reserved_port_;
    Pkce pkce_;
    std::string redirect_uri_;
    std::shared_ptr<Answer> answer_;
    std::unique_ptr<LoopbackListener> listener_;
};

// What the flows of one host share: the browser, the ports in use, the listeners that only say
// "too late" any more. Outlives its flows. Any thread.
class BrowserFlows {
public:
    BrowserFlows(std::shared_ptr<Clock> clock, std::shared_ptr<Browser> browser)
        : clock_(std::move(clock)), browser_(std::move(browser)) {}

    // Listens. Waits while another flow of this host has that port.
    // Errors: unavailable (the port is another program's), deadline, cancelled.
    Result<std::unique_ptr<BrowserFlow>> begin(BrowserFlowRequest request, const Bounds& bounds);
    // No listener is left when it returns. Not while a flow is used.
    void close();

private:
    friend class BrowserFlow;
    Result<void> reserve(std::uint16_t port, const Bounds& bounds);
    void retire(std::uint16_t reserved_port, std::string_view state,
                std::unique_ptr<LoopbackListener> listener);
    bool ended_before(std::string_view state) const;

    const std::shared_ptr<Clock> clock_;
    const std::shared_ptr<Browser> browser_;
    mutable std::mutex mutex_;
    std::condition_variable port_free_;
    std::set<std::uint16_t> ports_;    // asked for by number, and in use
    std::deque<Secret> ended_states_;  // the last few: their redirects are late, not forged
    std::list<std::unique_ptr<LoopbackListener>> retired_;
};

}  // namespace mcp_auth::host
