// Everything one Host owns, and the order in which it ends.
#pragma once

#include "browser_flow.hpp"
#include "call.hpp"
#include "config.hpp"
#include "connection_state.hpp"
#include "instance.hpp"
#include "metadata_cache.hpp"
#include "metrics_recorder.hpp"
#include "plugin_directory.hpp"
#include "plugin_trust.hpp"
#include "recent_tokens.hpp"
#include "registration.hpp"
#include "sign_ins.hpp"
#include "timer.hpp"
#include "token_cache.hpp"
#include "token_endpoint.hpp"
#include "user.hpp"
#include "worker_pool.hpp"

#include <mcp_auth/host.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

// What a host has of the network: the same for both, save in a rehearsal (rehearsal.hpp).
struct Wires {
    std::shared_ptr<HttpTransport> reading;  // metadata, keys, the MCP server: nothing secret
    std::shared_ptr<HttpTransport> sending;  // what carries a credential, registers, is a plugin's
};
using Wiring = std::function<Wires(const std::shared_ptr<HttpTransport>& network)>;

class HostState : public std::enable_shared_from_this<HostState> {
public:
    static Result<std::shared_ptr<HostState>> open(Options options, const Wiring& wiring = {});
    ~HostState();

    Result<std::shared_ptr<ConnectionState>> connection(std::string_view server_url);
    std::vector<PluginReport> plugins();
    // Single sign-on (host_sign_in.cpp).
    Result<SignedIn> sign_in(const SignIn& how, const Bounds& bounds);
    Result<std::optional<SignedIn>> signed_in(const SessionChoice& which) const;
    Result<SignedOut> sign_out(const SessionChoice& which, const Bounds& bounds);
    void close();
    bool closed() const noexcept { return closing_.cancelled(); }

    // The provider of one merged configuration, created when first asked for. Errors:
    // misconfigured (no such plugin, or refused and why).
    Result<std::shared_ptr<Instance>> instance(const ProviderConfig& config);

    // A new acquisition's trace.
    Trace trace(const std::string& connection, const std::string& user);

    const Config& config() const noexcept { return config_; }
    const std::shared_ptr<Clock>& clock() const noexcept { return options_.clock; }
    SkewedClock& skewed() noexcept { return skewed_; }
    const std::shared_ptr<HttpTransport>& http() const noexcept { return wires_.reading; }
    const std::shared_ptr<HttpTransport>& sending() const noexcept { return wires_.sending; }
    // Nothing that is sent arrives, so nothing may be written down as spent.
    bool rehearses() const noexcept { return wires_.sending != wires_.reading; }
    const std::shared_ptr<AuditSink>& audit() const noexcept { return options_.audit; }
    Store& store() noexcept { return *options_.store; }
    Discovery& discovery() noexcept { return discovery_; }
    MetadataCache& metadata() noexcept { return metadata_; }
    TokenEndpoint& token_endpoint() noexcept { return token_endpoint_; }
    Registration& registration() noexcept { return registration_; }
    SignIns& sign_ins() noexcept { return sign_ins_; }
    TokenCache& tokens() noexcept { return tokens_; }
    RecentTokens& recent() noexcept { return recent_; }
    // Of tokens that were replaced, dropped or are past use: nobody else has them then.
    void drop_outdated_copies();
    MetricsRecorder& metrics() noexcept { return *metrics_; }
    Metrics measured() const;
    UserRegistry& users() noexcept { return *users_; }
    const std::shared_ptr<UserState>& configured_user() const noexcept { return configured_user_; }
    const SubjectSource& application_subject() const noexcept {
        return options_.application_subject;
    }
    // Those that may wait for a person have their own, so that they hold up nobody else.
    WorkerPool& pool(bool interaction = false) noexcept {
        return interaction ? interactive_pool_ : pool_;
    }
    BrowserFlows& browser_flows() noexcept { return browser_flows_; }
    // Where asynchronous calls are completed: what an application does there holds up no other's
    // acquisition, and no timer.
    WorkerPool& completions() noexcept { return completions_; }
    Timer& timer() noexcept { return timer_; }
    const Cancellation& closing() const noexcept { return closing_; }
    std::uint64_t next_serial() noexcept { return ++serial_; }

private:
    HostState(Options options, Wires wires, Config config, KeptSignIns kept);
    std::vector<const ProviderConfig*> provider_configs() const;
    Result<Session> session(const SessionChoice& which) const;
    void forget_session(const std::string& name);
    Trace sign_in_trace();
    struct FoundPlugin {
        FoundManifest found;
        std::shared_ptr<Plugin> plugin;  // null: not loaded yet, or refused
        std::optional<Error> refused;
        std::string sha256;  // of the library, refused or not, once it was opened
        std::string rule;    // that let it in
    };
    // Of host_plugins.cpp.
    void find_plugins();
    void load(FoundPlugin& plugin);
    Result<std::shared_ptr<Plugin>> admitted(FoundPlugin& plugin);
    void record(const FoundPlugin& plugin);
    // A client was registered anew: what the issuer gave the former one is void.
    void drop_tokens(const std::string& provider, const std::string& issuer);

    Options options_;
    const Wires wires_;
    const Config config_;
    SkewedClock skewed_;
    Discovery discovery_;
    MetadataCache metadata_;
    TokenEndpoint token_endpoint_;
    Registration registration_;
    TokenCache tokens_;
    RecentTokens recent_;
    const std::shared_ptr<MetricsRecorder> metrics_;
    const std::shared_ptr<UserRegistry> users_;
    const std::shared_ptr<UserState> configured_user_;
    Cancellation closing_;
    std::mutex close_mutex_;
    std::atomic<std::uint64_t> serial_{0};

    std::mutex mutex_;  // of what follows; loading is done under it: disk, never network
    PluginTrust trust_;
    std::vector<FoundPlugin> plugins_;
    std::map<std::string, Result<std::shared_ptr<Instance>>> instances_;
    std::map<std::string, std::shared_ptr<ConnectionState>, std::less<>> connections_;

    BrowserFlows browser_flows_;
    SignIns sign_ins_;
    WorkerPool completions_;
    // These last: joined before anything that they use goes away.
    WorkerPool pool_, interactive_pool_;
    Timer timer_;
};

// The tables of services handed to plugins (services.cpp).
const mcp_auth_host* plugin_host() noexcept;
// Whether this host has the service `id`.
bool has_service(std::string_view id) noexcept;
// While one lives, log and clock calls of this thread that name no call go to `host` (create and
// destroy, which have none).
class ControlScope {
public:
    explicit ControlScope(HostState& host) noexcept;
    ~ControlScope();
    ControlScope(const ControlScope&) = delete;
    ControlScope& operator=(const ControlScope&) = delete;
};

}  // namespace mcp_auth::host
