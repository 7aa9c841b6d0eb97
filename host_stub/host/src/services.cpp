#include "services.hpp"

#include "host_state.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace mcp_auth::host {

namespace {

// create() and destroy() have no call: their thread remembers the host while they run.
thread_local HostState* control_host = nullptr;

struct Offered {
    std::string_view id;
    const void* table;
};

const void* service_table(std::string_view id) noexcept {
    const std::array<Offered, 8> offered{{
        {MCP_AUTH_SERVICE_LOG, log_service()},
        {MCP_AUTH_SERVICE_CLOCK, clock_service()},
        {MCP_AUTH_SERVICE_OAUTH, oauth_service()},
        {MCP_AUTH_SERVICE_HTTP, http_service()},
        {MCP_AUTH_SERVICE_SUBJECT, subject_service()},
        {MCP_AUTH_SERVICE_PEER, peer_service()},
        {MCP_AUTH_SERVICE_STORE, store_service()},
        {MCP_AUTH_SERVICE_BROWSER, browser_service()},
    }};
    const auto* found =
        std::find_if(offered.begin(), offered.end(), [id](const Offered& o) { return o.id == id; });
    return found == offered.end() ? nullptr : found->table;
}

const void* find_service(const mcp_auth_host*, mcp_auth_str id) {
    return service_table(view(id));
}

// Names of log fields whose values are harmless by their nature (L4): identifiers, counts and
// fixed words. The value of any other is not shown, whatever it is.
bool harmless(std::string_view field) {
    static constexpr std::array<std::string_view, 16> names{
        "audience", "checks",   "client", "client_id", "count", "expires_in", "grant", "issuer",
        "member",   "provider", "reason", "resource",  "scope", "status",     "type",  "types"};
    return std::find(names.begin(), names.end(), field) != names.end();
}

std::string shown(std::string_view value) {
    constexpr std::size_t longest = 256;
    std::string text(value.substr(0, longest));
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return text;
}

void write_log(mcp_auth_call* call, std::uint32_t level, mcp_auth_str text,
               mcp_auth_fields fields) {
    try {
        const CallState* state = running(call);
        if (state == nullptr && (call != nullptr || control_host == nullptr)) return;
        if (!(state != nullptr ? state->host : *control_host).audit()) return;  // nobody listens
        AuditEvent event;
        event.kind = AuditEvent::Kind::log;
        event.leg = level == MCP_AUTH_LOG_ERROR     ? "error"
                    : level == MCP_AUTH_LOG_WARNING ? "warning"
                    : level == MCP_AUTH_LOG_INFO    ? "info"
                                                    : "debug";
        event.event = shown(view(text));
        for (std::size_t i = 0; readable(fields) && i < fields.count; ++i) {
            const auto name = view(fields.ptr[i].name);
            event.fields.emplace_back(
                shown(name), harmless(name) ? shown(view(fields.ptr[i].value)) : "[redacted]");
        }
        if (state != nullptr)
            state->trace_here().record(std::move(event));
        else
            control_host->trace({}, {}).record(std::move(event));
    } catch (...) {
        return;  // a log that cannot be written must not end an acquisition
    }
}

HostState* host_of(mcp_auth_call* call) noexcept {
    CallState* state = running(call);
    return state != nullptr ? &state->host : control_host;
}

// These have no status to fail with. An application's clock that throws is as good as none: the
// system's stands in (H12).
std::int64_t wall(mcp_auth_call* call) noexcept {
    try {
        if (const CallState* state = running(call)) return state->wall();
        if (control_host != nullptr) return control_host->skewed().wall();
    } catch (...) {
        return system_clock()->wall();
    }
    return system_clock()->wall();
}

std::int64_t monotonic_ms(mcp_auth_call* call) noexcept {
    auto now = system_clock()->now();
    try {
        if (HostState* host = host_of(call)) now = host->clock()->now();
    } catch (...) {
        now = system_clock()->now();
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
}

void random_bytes(mcp_auth_call* call, void* bytes, std::size_t size) noexcept {
    if (bytes == nullptr) return;
    try {
        if (HostState* host = host_of(call)) return host->clock()->random(bytes, size);
    } catch (...) {
        return system_clock()->random(bytes, size);
    }
    system_clock()->random(bytes, size);
}

mcp_auth_status sleep_for(mcp_auth_call* call, std::int64_t milliseconds,
                          mcp_auth_failure* failure) {
    return serve(call, failure, {}, [&](CallState& state) -> Result<void> {
        const auto& clock = state.trace.clock;
        const auto left = state.bounds.deadline - clock->now();
        if (milliseconds > std::chrono::duration_cast<std::chrono::milliseconds>(left).count())
            return Error{Status::deadline, "host",
                         "the plugin would wait for longer than the acquisition may take"};
        // No less than nothing: the clock's own unit cannot hold all that a plugin may ask for.
        auto waited = pause(std::chrono::milliseconds(std::max<std::int64_t>(milliseconds, 0)),
                            state.bounds, *clock);
        if (!waited) return Error{waited.status(), "host", waited.error().message};
        return {};
    });
}

}  // namespace

const mcp_auth_log_v1* log_service() noexcept {
    static const mcp_auth_log_v1 table{write_log};
    return &table;
}

const mcp_auth_clock_v1* clock_service() noexcept {
    static const mcp_auth_clock_v1 table{wall, monotonic_ms, random_bytes, sleep_for};
    return &table;
}

const mcp_auth_host* plugin_host() noexcept {
    static const mcp_auth_host host{find_service};
    return &host;
}

bool has_service(std::string_view id) noexcept {
    return service_table(id) != nullptr;
}

ControlScope::ControlScope(HostState& host) noexcept {
    control_host = &host;
}
ControlScope::~ControlScope() {
    control_host = nullptr;
}

}  // namespace mcp_auth::host
