// mcp_auth/testing/fake_host.hpp - a host whose answers the test scripts, and which records what
// the plugin asks. testing.hpp shows its use.
//
// Every service is there unless remove() takes it away. Scripting and reading are safe while a
// plugin runs on other threads. It must outlive the PluginUnderTest.
#pragma once

#include <mcp_auth/testing/duty.hpp>
#include <mcp_auth/testing/fake_call.hpp>
#include <mcp_auth/testing/messages.hpp>
#include <mcp_auth/testing/script.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace mcp_auth::testing {

class FakeHost {
public:
    FakeHost() { table_.owner = this; }
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    // ---- the world ----
    std::int64_t now() const noexcept { return now_ms_ / 1000; }  // Unix seconds
    void set_now(std::int64_t unix_seconds) noexcept { now_ms_ = unix_seconds * 1000; }
    void advance(std::chrono::milliseconds by) noexcept { now_ms_ += by.count(); }  // both clocks
    void set_seed(std::uint64_t seed) noexcept { random_ = seed; }  // same seed, same bytes
    void allow_interaction(bool allowed) noexcept { interaction_ = allowed; }  // true at first

    // The host has no such service: MCP_AUTH_SERVICE_STORE, ...
    void remove(std::string_view service_id);
    // Every function of that service fails so from now on: an outage, a cancellation.
    void fails(std::string_view service_id, Error error);
    // Asked before each call of a service (log and clock apart): an error is what it answers then.
    // May be asked by several threads at once.
    using ServiceRule = std::function<Result<void>(const ServiceCall&)>;
    void before_service(ServiceRule rule);
    // Another user, or the same one after a sign-out: the store is empty, and nobody is signed in.
    void forget_user();

    // ---- answers ----
    Script<ClientAnswer, SentClientRequest>& client(std::string_view name);
    void client(std::string_view name, ClientAnswer answer);  // always this
    Script<TokenAnswer, SentTokenRequest>& token_request(std::string_view client);
    Script<HttpAnswer, SentHttpRequest>& http() { return http_; }
    Script<AssertionAnswer, SentPeerRequest>& peer(std::string_view provider);
    // For every name that has no answer of its own left.
    Script<ClientAnswer, SentClientRequest>& any_client() { return any_client_; }
    Script<TokenAnswer, SentTokenRequest>& any_token_request() { return any_token_; }
    Script<AssertionAnswer, SentPeerRequest>& any_peer() { return any_peer_; }
    Script<BrowserCode, std::string>& browser() { return browser_; }  // asked: the URL
    // What the user's source has. A type that it lacks is `unsupported`, as in the real host.
    void subject(std::string_view token_type, std::string assertion, std::int64_t expires_at = 0);
    void subject(std::string_view token_type, Error error);

    // ---- the store; entries belong to the client's issuer and id, if client() has scripted them
    void put(std::string_view client, std::string_view key, StoreEntry entry);
    std::optional<StoreEntry> stored(std::string_view client, std::string_view key) const;
    std::size_t stored_count() const;
    NamedTexts stored_entries() const;              // key and value, of all clients
    void overwrite_stored(std::string_view value);  // of every entry
    // How long a lease waits for another call that holds it before it answers `deadline`.
    void set_lease_patience(std::chrono::milliseconds patience) { patience_ = patience; }

    // ---- what the plugin asked, oldest first ----
    std::vector<LogLine> logs() const { return copy(logs_); }
    // Each moved the clock, and took no time.
    std::vector<std::chrono::milliseconds> sleeps() const { return copy(sleeps_); }
    std::vector<SentClientRequest> client_requests() const { return copy(client_requests_); }
    std::vector<SentTokenRequest> token_requests() const { return copy(token_requests_); }
    std::vector<SentTokenRequest> token_requests(std::string_view client) const;
    std::vector<SentHttpRequest> http_requests() const { return copy(http_requests_); }
    std::vector<SentPeerRequest> peer_requests() const { return copy(peer_requests_); }
    std::vector<std::string> subject_requests() const { return copy(subject_requests_); }
    std::vector<std::string> browser_urls() const { return copy(browser_urls_); }
    std::vector<ServiceCall> service_calls() const { return copy(service_calls_); }
    std::vector<Error> failures() const { return copy(failures_); }  // that the plugin gave
    std::vector<Leak> leaks(const std::vector<std::string>& secrets) const;
    std::vector<std::string> violations() const;
    std::vector<Violation> broken_duties() const { return copy(violations_); }

    const mcp_auth_host* raw() const noexcept { return &table_; }

private:
    friend struct FakeServices;
    friend struct FakeStore;
    friend struct FakeBrowser;
    friend struct FakeSinks;
    friend class PluginUnderTest;
    friend class CallUnderTest;

    struct Table : mcp_auth_host {
        Table() : mcp_auth_host{&FakeHost::service} {}
        FakeHost* owner = nullptr;
    };
    using StoreKey = std::pair<std::string, std::string>;

    static const void* service(const mcp_auth_host* self, mcp_auth_str id) noexcept;
    StoreKey store_key(std::string_view client, std::string_view key) const;
    std::optional<Error> outage(std::string_view service_id) const;
    void violation(Duty duty, std::string text);
    Result<void> permit(ServiceCall called);
    FakeCall& begin_call();
    void release(FakeCall& call);  // its lease

    template <class List>
    List copy(const List& list) const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return list;
    }
    template <class List, class Item>
    void record(List& list, Item item) {
        const std::lock_guard<std::mutex> lock(mutex_);
        list.push_back(std::move(item));
    }

    Table table_;
    std::atomic<std::int64_t> now_ms_{1'700'000'000'000};
    std::atomic<std::uint64_t> random_{1};
    std::atomic<bool> interaction_{true};
    std::atomic<std::chrono::milliseconds> patience_{std::chrono::seconds(5)};

    mutable std::mutex mutex_;  // of all below but the scripts, which have their own
    std::condition_variable lease_released_;
    std::set<std::string, std::less<>> removed_;
    std::map<std::string, Error, std::less<>> outages_;
    std::map<std::string, Script<ClientAnswer, SentClientRequest>, std::less<>> clients_;
    std::map<std::string, Script<TokenAnswer, SentTokenRequest>, std::less<>> tokens_;
    std::map<std::string, Script<AssertionAnswer, SentPeerRequest>, std::less<>> peers_;
    std::map<std::string, Result<StoreEntry>, std::less<>> subjects_;
    Script<ClientAnswer, SentClientRequest> any_client_;
    Script<TokenAnswer, SentTokenRequest> any_token_;
    Script<AssertionAnswer, SentPeerRequest> any_peer_;
    Script<HttpAnswer, SentHttpRequest> http_;
    Script<BrowserCode, std::string> browser_;
    std::map<std::string, ClientAnswer, std::less<>> known_clients_;  // as last answered
    std::map<StoreKey, StoreEntry> store_;
    std::set<StoreKey> leased_;
    std::vector<LogLine> logs_;
    std::vector<std::chrono::milliseconds> sleeps_;
    std::vector<SentClientRequest> client_requests_;
    std::vector<SentTokenRequest> token_requests_;
    std::vector<SentHttpRequest> http_requests_;
    std::vector<SentPeerRequest> peer_requests_;
    std::vector<std::string> subject_requests_, browser_urls_;
    std::vector<ServiceCall> service_calls_;
    ServiceRule service_rule_;
    std::vector<Violation> violations_;
    std::vector<Error> failures_;  // that the plugin gave
    std::list<FakeCall> calls_;    // kept, so that a call used after its end is noticed
};

}  // namespace mcp_auth::testing

#include <mcp_auth/testing/fake_host_impl.hpp>
#include <mcp_auth/testing/fake_services.hpp>
