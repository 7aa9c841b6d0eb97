#include "examination.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace mcp_auth::host {

namespace {

constexpr std::int64_t small_skew = 30;  // as at token endpoints: network delay looks so

}  // namespace

Examination::Examination(const Options& options, const std::string& url, const Probe& probe,
                         Bounds bounds)
    : options_(options),
      url_(url),
      probe_(probe),
      bounds_(std::move(bounds)),
      remarks_(std::make_shared<Remarks>(options.audit)),
      rehearsal_(options.clock ? options.clock : system_clock()) {}

Diagnosis Examination::run() {
    if (open()) {
        find_connection();
        if (config_ != nullptr) find_plugin();
        ask_server();
        look_up_resource();
        look_up_servers();
        if (config_ != nullptr) {
            rehearse();
            look_at_subjects();
            report_rehearsal();
            look_at_clients();
        }
        compare_clocks();
        host_->close();
    }
    return std::move(findings_).take();
}

Trace Examination::trace() const {
    return host_->trace(config_ != nullptr ? config_->name : std::string(), {});
}

bool Examination::open() {
    auto options = options_;
    options.audit = remarks_;
    options.browser = rehearsal_.browser();
    auto host =
        HostState::open(std::move(options), [this](const std::shared_ptr<HttpTransport>& network) {
            return rehearsal_.wires(network);
        });
    if (!host) {
        findings_.fault("configuration", "The configuration cannot be used.", host.error());
        return false;
    }
    host_ = std::move(*host);
    if (bounds_.deadline == Deadline{})
        bounds_.deadline = host_->clock()->now() + TimeLimits{}.acquisition;
    findings_.good("configuration", "The configuration was read and checked.",
                   {{"file", host_->config().path}});
    return true;
}

void Examination::find_connection() {
    config_ = host_->config().match(url_);
    if (config_ != nullptr) {
        bounds_.request_limit = config_->limits.request;
        findings_.good("connection",
                       fmt::format("Connection \"{}\" is the one for this URL.", config_->name),
                       facts_of(*config_));
        return;
    }
    const auto none = host_->connection(url_);
    findings_.fault("connection",
                    "No connection of the configuration is for this URL; what follows is what "
                    "one would find.",
                    none ? Error{} : none.error(), near_matches(host_->config(), url_));
}

void Examination::find_plugin() {
    auto instance = host_->instance(config_->provider);
    const auto& name = config_->provider.name;
    if (!instance) {
        findings_.fault("plugin", fmt::format("Provider \"{}\" cannot be used.", name),
                        instance.error(), {{"plugin", config_->provider.plugin}});
        return;
    }
    instance_ = std::move(*instance);
    const auto& manifest = instance_->plugin().manifest;
    findings_.good("plugin",
                   fmt::format("Provider \"{}\" is the plugin {} {}; manifest, library and "
                               "settings passed each check.",
                               name, manifest.id, manifest.version),
                   {{"manifest", manifest.path},
                    {"library", manifest.library},
                    {"sha256", instance_->plugin().sha256},
                    {"rule", instance_->plugin().rule},
                    {"roles", joined(manifest.roles)}});
}

void Examination::compare_clocks() {
    const auto skew = rehearsal_.skew();
    if (!skew) return;
    const auto seconds = std::abs(skew->seconds);
    const Facts facts{{"server", skew->origin}, {"ahead by", fmt::format("{} s", skew->seconds)}};
    if (seconds < small_skew)
        findings_.good("clock", "This machine's clock agrees with the servers'.", facts);
    else
        findings_.note("clock",
                       fmt::format("This machine's clock and that of {} differ by {} s. The "
                                   "host reckons with it, but have the wrong one set.",
                                   skew->origin, seconds),
                       facts);
}

}  // namespace mcp_auth::host
