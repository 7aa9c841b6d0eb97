#include "host_state.hpp"

#include "checked_transport.hpp"
#include "http_client.hpp"
#include "kept_in.hpp"
#include "store_key.hpp"

#include <mcp_auth/secret.hpp>

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace mcp_auth::host {

namespace {

constexpr unsigned completion_threads = 4;

// Far from 1, and with room to count on.
std::uint64_t second_generation(Clock& clock) {
    std::uint64_t random = 0;
    clock.random(&random, sizeof random);
    return (random >> 2) | (std::uint64_t{1} << 32);
}

Result<Config> configuration(Options& options) {
    const WipedAtEnd wiped(options.config_json);  // a literal secret may be in it
    if (!options.config_json.empty())
        return parse_config(options.config_json, "(given)", false, {});
    auto path = find_config(options.config_file);
    if (!path) return std::move(path).error();
    return load_config(*path);
}

}  // namespace

HostState::HostState(Options options, Wires wires, Config config, KeptSignIns kept)
    : options_(std::move(options)),
      wires_(std::move(wires)),
      config_(std::move(config)),
      skewed_(options_.clock),
      discovery_(*wires_.reading, config_.policy.allow_http_loopback),
      metadata_(discovery_, *options_.clock),
      token_endpoint_(*wires_.sending, skewed_),
      registration_(*wires_.sending, skewed_, *options_.store,
                    [this](const std::string& provider, const std::string& issuer) {
                        drop_tokens(provider, issuer);
                    }),
      metrics_(std::make_shared<MetricsRecorder>(options_.audit)),
      users_(std::make_shared<UserRegistry>(
          [this](const UserSession& session) {
              // The present generation may have won and stored something already.
              const auto present = session.generation();
              tokens_.forget(session.serial(), present);
              drop_outdated_copies();
              (void)options_.store->erase_prefix(store_prefix(session),
                                                 store_prefix(session, present));
          },
          second_generation(*options_.clock))),
      configured_user_(users_->user({}, {})),
      browser_flows_(options_.clock, options_.browser),
      sign_ins_(std::move(kept), *wires_.reading, skewed_, metadata_, token_endpoint_,
                registration_, browser_flows_, config_.policy.allow_http_loopback, rehearses()),
      completions_(completion_threads, std::numeric_limits<std::size_t>::max()),
      pool_(options_.threads),
      interactive_pool_(options_.interactive_threads),
      timer_(options_.clock) {}

HostState::~HostState() {
    close();
}

Result<std::shared_ptr<HostState>> HostState::open(Options options, const Wiring& wiring) {
    auto config = configuration(options);
    if (!config) return std::move(config).error();
    if (!options.clock) options.clock = system_clock();
    if (!options.browser) options.browser = system_browser();
    if (!options.store) options.store = Store::memory(100'000, options.clock);
    if (options.transport) {
        auto transport = checked_transport(config->policy, std::move(options.transport));
        if (!transport) return std::move(transport).error();
        options.transport = std::move(*transport);
    } else {
        // One client serves all connections, each of which brings its own limit of a request.
        TimeLimits limits;
        for (const auto& connection : config->connections)
            limits.connect = std::max(limits.connect, connection.limits.connect);
        auto transport = make_http_client(config->policy, limits);
        if (!transport) return std::move(transport).error();
        options.transport = std::move(*transport);
    }
    auto kept = kept_sign_ins(options, *config);
    if (!kept) return std::move(kept).error();
    Wires wires{options.transport, options.transport};
    if (wiring) wires = wiring(options.transport);
    std::shared_ptr<HostState> host(
        new HostState(std::move(options), std::move(wires), std::move(*config), std::move(*kept)));
    host->find_plugins();
    return host;
}

Result<std::shared_ptr<Instance>> HostState::instance(const ProviderConfig& config) {
    const auto identity = Instance::identity(config);
    const std::lock_guard lock(mutex_);
    if (closed()) return Error{Status::cancelled, "host", "the host was closed"};
    if (const auto known = instances_.find(identity); known != instances_.end())
        return known->second;
    const auto create = [&]() -> Result<std::shared_ptr<Instance>> {
        std::optional<Error> unreadable;
        for (auto& plugin : plugins_) {
            if (!plugin.found.manifest) {
                // Named in so many words: what is found elsewhere is not what was meant.
                if (plugin.found.path == options_.manifest_file) return *plugin.refused;
                if (!unreadable) unreadable = plugin.refused;
                continue;
            }
            if (plugin.found.manifest->id != config.plugin) continue;
            load(plugin);
            if (plugin.refused) return *plugin.refused;
            return Instance::create(plugin.plugin, config, *this, config_.path);
        }
        // The manifest that was meant may be the one that could not be read.
        if (unreadable && plugins_.size() == 1) return *unreadable;
        return Error{Status::misconfigured, "configuration",
                     fmt::format("{} at /providers/{}/plugin: no manifest has the id \"{}\"; "
                                 "`mcp-auth plugins` lists what was found{}",
                                 config_.path, config.name, config.plugin,
                                 unreadable ? " (" + unreadable->message + ")" : std::string())};
    };
    return instances_.emplace(identity, create()).first->second;
}

Result<std::shared_ptr<ConnectionState>> HostState::connection(std::string_view server_url) {
    if (closed()) return Error{Status::cancelled, "host", "the host was closed"};
    auto url = Url::parse(server_url);
    if (!url) return std::move(url).error();
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = connections_.find(server_url); known != connections_.end())
            return known->second;
    }
    const auto* config = config_.match(server_url);
    if (config == nullptr)
        return Error{Status::misconfigured, "configuration",
                     fmt::format("{}: no connection has a \"server\" that matches {}", config_.path,
                                 url->origin() + std::string(url->path()))};
    auto instance = this->instance(config->provider);
    if (!instance) return std::move(instance).error();
    const std::lock_guard lock(mutex_);
    if (closed()) return Error{Status::cancelled, "host", "the host was closed"};
    auto& connection = connections_[std::string(server_url)];
    if (!connection)
        connection = std::make_shared<ConnectionState>(shared_from_this(), *config, std::move(*url),
                                                       std::move(*instance));
    return connection;
}

void HostState::drop_tokens(const std::string& provider, const std::string& issuer) {
    std::vector<std::shared_ptr<ConnectionState>> connections;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [server, connection] : connections_) connections.push_back(connection);
    }
    for (const auto& connection : connections) connection->drop_tokens(provider, issuer);
}

Trace HostState::trace(const std::string& connection, const std::string& user) {
    Trace trace;
    trace.sink = metrics_;
    trace.only_counted = !options_.audit;
    trace.clock = options_.clock;
    trace.acquisition = connection.empty() ? 0 : next_serial();
    trace.connection = connection;
    trace.user = user;
    return trace;
}

// The order matters: refuse, cancel, complete and join what runs, then destroy the providers,
// which no call uses any more.
void HostState::close() {
    closing_.cancel();
    const std::lock_guard closing(close_mutex_);  // a second caller returns when it is done, too
    timer_.close();
    pool_.close();
    interactive_pool_.close();
    completions_.close();
    browser_flows_.close();
    users_->close();
    std::map<std::string, Result<std::shared_ptr<Instance>>> instances;
    std::map<std::string, std::shared_ptr<ConnectionState>, std::less<>> connections;
    {
        const std::lock_guard lock(mutex_);
        instances.swap(instances_);
        connections.swap(connections_);
    }
    tokens_.clear();
    recent_.clear();
}

void HostState::drop_outdated_copies() {
    recent_.drop_outdated(options_.clock->now(), options_.clock->wall());
}

Metrics HostState::measured() const {
    auto metrics = metrics_->read();
    metrics.cached += recent_.hits();
    return metrics;
}

}  // namespace mcp_auth::host
