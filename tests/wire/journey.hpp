// One fault on one leg: an enterprise of its own, a host that talks to it by its real HTTP client
// and the plugins as they are shipped, and what became of the host's caller.
#pragma once

#include "canned_parties.hpp"
#include "leg.hpp"
#include "skipping_clock.hpp"

#include <mcp_auth/host.hpp>
#include <mcp_auth/mcp/client.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::wire {

// For all journeys: a certificate of an authority that the hosts trust, and a server that nobody
// may be sent to with anything of worth.
struct Surroundings {
    std::shared_ptr<host::testing::WireTls> tls;
    std::string ca_file;
    const host::testing::WireServer& stranger;
    // Longer than anything takes here, for who waits in vain.
    std::chrono::milliseconds soon{150};
};

// Hears of the first renewal in the background that is over, before anybody else does.
class FirstRenewal final : public AuditSink {
public:
    // `begun`: since when it counts. It is over then, and what comes next is not spoilt.
    explicit FirstRenewal(std::atomic<bool>& begun) : begun_(begun) {}
    void record(const AuditEvent& event) noexcept override;
    // How it ended; nothing if it does not.
    std::optional<Status> wait();

private:
    std::atomic<bool>& begun_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Status> status_;
};

class Journey {
public:
    Journey(const Leg& leg, const WireFault& fault, std::size_t at, const Surroundings& around);
    ~Journey();
    Journey(const Journey&) = delete;
    Journey& operator=(const Journey&) = delete;

    // Empty: all was right. Else what was wrong, in words that hold no secret.
    std::string run();
    // Longer than any journey that does not wait in vain, under valgrind on a busy machine too.
    static constexpr std::chrono::milliseconds never{60'000};
    // What that begins with when it says nothing of the fault, which is to be tried again.
    static constexpr const char* missed = "missed: ";

    // The leg's valid answer, by a journey without a fault.
    static CannedAnswer answer_of(const Leg& leg, const Surroundings& around);

private:
    void talk(host::testing::WirePeer& peer);
    bool on_the_leg(const CannedRequest& request) const;
    bool meets(bool reused);

    std::string configuration() const;
    std::string open();
    std::string prepare();
    // What is asked for, as alice: a token, who is signed in, what a tool said.
    Result<std::string> ask();
    Result<std::string> call_tool();
    Result<std::string> token(const char* user);
    Result<std::string> renewed();
    Result<std::string> replaced();
    User user(const char* name);
    std::chrono::seconds first_pause() const;
    std::chrono::milliseconds time_for(std::size_t requests) const;
    Bounds bounds() const;
    bool is_right(const std::string& value) const;
    std::string cached(const char* user);

    std::string out_of_time(const std::string& why) const;
    std::string judge(const Result<std::string>& outcome, std::chrono::milliseconds took);
    std::string judge_cache(const Result<std::string>& outcome);
    bool brings_token() const;
    std::string hold_off();
    std::string go_on();

    const Leg& leg_;
    const WireFault& fault_;
    const std::size_t at_;
    const Surroundings& around_;
    const std::shared_ptr<SkippingClock> clock_ = std::make_shared<SkippingClock>();
    std::shared_ptr<CannedParties> parties_;
    std::mutex mutex_;  // of the next three
    std::optional<CannedAnswer> last_answer_;
    std::size_t requests_ = 0;   // of the leg since the fault began
    std::vector<int> spoilt_{};  // on which connections
    std::atomic<bool> wrong_{false};
    std::string url_;  // of the stranger
    const std::shared_ptr<FirstRenewal> renewals_ = std::make_shared<FirstRenewal>(wrong_);
    std::unique_ptr<host::testing::WireServer> server_;
    std::string origin_;
    std::string browsing_;  // whose consent the browser brings
    std::optional<Host> host_;
    std::optional<Connection> chat_, other_;
    std::unique_ptr<mcp::Client> client_;
    std::string bobs_, others_, alices_;  // tokens from before the fault
};

}  // namespace mcp_auth::wire
