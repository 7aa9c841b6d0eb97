#include <mcp_auth/host.hpp>

#include "host_state.hpp"

#include <utility>

namespace mcp_auth {

Host::Host(std::shared_ptr<host::HostState> state) : state_(std::move(state)) {}

Result<Host> Host::open(Options options) {
    auto state = host::HostState::open(std::move(options));
    if (!state) return std::move(state).error();
    // Connections keep the state alive; only the last Host handle closes it.
    auto* raw = state->get();
    return Host(std::shared_ptr<host::HostState>(
        raw, [owner = std::move(*state)](host::HostState* host) { host->close(); }));
}

Result<Connection> Host::connection(std::string_view server_url) const {
    auto state = state_->connection(server_url);
    if (!state) return std::move(state).error();
    return Connection(std::move(*state));
}

User Host::user(std::string_view id, SubjectSource source) const {
    return host::UserState::handle(state_->users().user(std::string(id), std::move(source)));
}

std::vector<PluginReport> Host::plugins() const {
    return state_->plugins();
}
Metrics Host::metrics() const {
    return state_->measured();
}
std::shared_ptr<HttpTransport> Host::transport() const {
    return state_->http();
}
void Host::close() {
    state_->close();
}

}  // namespace mcp_auth
