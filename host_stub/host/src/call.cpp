#include "call.hpp"

#include "browser_flow.hpp"
#include "host_state.hpp"

#include <mcp_auth/detail/abi_values.hpp>

#include <fmt/format.h>

#include <limits>
#include <utility>

// Ours: the plugin sees a name only.
struct mcp_auth_call {
    std::atomic<mcp_auth::host::CallState*> state{nullptr};
    std::atomic<std::thread::id> thread;
};

namespace mcp_auth::host {

CallState::CallState(HostState& host_, const ConnectionConfig& connection_,
                     std::shared_ptr<UserState> user_, Bounds bounds_, Trace trace_)
    : host(host_),
      connection(connection_),
      user(std::move(user_)),
      bounds(std::move(bounds_)),
      trace(std::move(trace_)) {}

CallState::~CallState() = default;

void CallState::enter(std::shared_ptr<Instance> instance, std::shared_ptr<UserSession> session) {
    auto& frame = frames.emplace_back();
    frame.instance = std::move(instance);
    frame.generation = session->generation();
    frame.session = std::move(session);
}

std::int64_t CallState::wall() const {
    return asked.empty() ? host.skewed().wall() : host.skewed().wall(asked);
}

mcp_auth_str CallState::keep(std::string_view text) {
    if (text.empty()) return {nullptr, 0};
    return str(kept_.emplace_back(text).reveal());
}

mcp_auth_fields CallState::keep(const Headers& headers) {
    auto& fields = kept_fields_.emplace_back();
    fields.reserve(headers.size());
    for (const auto& [name, value] : headers) fields.push_back({keep(name), keep(value)});
    return {fields.data(), fields.size()};
}

mcp_auth_status CallState::fail(Error error, mcp_auth_failure* out) {
    const auto status = static_cast<mcp_auth_status>(error.status);
    if (out != nullptr) {
        mcp_auth_failure failure{};
        failure.status = status;
        failure.leg = keep(error.leg);
        failure.message = keep(error.message);
        failure.oauth_error = keep(error.oauth_error);
        failure.description = keep(error.description);
        failure.acr_values = keep(error.acr_values);
        failure.max_age = detail::to_abi(error.max_age);
        failure.retry_after = detail::to_abi(error.retry_after);
        failure.http_status = static_cast<std::uint32_t>(error.http_status);
        write_out(failure, out);
    }
    frame().last_service_failure = std::move(error);
    return status;
}

Trace CallState::trace_here() const {
    auto here = trace;
    if (!frames.empty()) here.provider = frames.back().instance->config().name;
    return here;
}

CallSlots::CallSlots() = default;
CallSlots::~CallSlots() = default;

mcp_auth_call* CallSlots::take(CallState& state) {
    mcp_auth_call* call = nullptr;
    {
        std::lock_guard lock(mutex_);
        if (free_.empty()) {
            all_.push_back(std::make_unique<mcp_auth_call>());
            free_.reserve(all_.size());
            call = all_.back().get();
        } else {
            call = free_.back();
            free_.pop_back();
        }
    }
    call->thread = std::this_thread::get_id();
    call->state = &state;
    return call;
}

void CallSlots::give_back(mcp_auth_call* call) noexcept {
    call->state = nullptr;
    call->thread = std::thread::id();
    std::lock_guard lock(mutex_);
    free_.push_back(call);
}

CallSlots::Running::Running(CallSlots& slots, CallState& state)
    : slots_(slots), call_(slots.take(state)) {}
CallSlots::Running::~Running() {
    slots_.give_back(call_);
}

CallState* running(mcp_auth_call* call) noexcept {
    if (call == nullptr || call->thread.load() != std::this_thread::get_id()) return nullptr;
    return call->state.load();
}

Error error_from(const mcp_auth_failure& in) {
    const auto failure = read_in(&in);
    Error error;
    error.status = status_from(failure.status);
    error.leg = view(failure.leg);
    error.message = view(failure.message);
    error.oauth_error = view(failure.oauth_error);
    error.description = view(failure.description);
    error.acr_values = view(failure.acr_values);
    error.max_age = detail::duration_from(failure.max_age);
    error.retry_after = detail::duration_from(failure.retry_after);
    error.http_status = failure.http_status < 1000 ? static_cast<int>(failure.http_status) : 0;
    return error;
}

namespace {

void sink_token(mcp_auth_call* call, const mcp_auth_token* in) noexcept {
    auto* state = running(call);
    if (state == nullptr || in == nullptr) return;
    try {
        const auto token = read_in(in);
        auto& frame = state->frame();
        ++frame.answers;
        frame.token =
            GrantedToken{Secret(view(token.access_token)), std::string(view(token.token_type)),
                         std::string(view(token.scope)), token.expires_at};
    } catch (const std::exception&) {
        state->frame().answers += 2;  // out of memory: no answer is better than half of one
    }
}

void sink_assertion(mcp_auth_call* call, const mcp_auth_assertion* in) noexcept {
    auto* state = running(call);
    if (state == nullptr || in == nullptr) return;
    try {
        const auto assertion = read_in(in);
        auto& frame = state->frame();
        ++frame.answers;
        frame.assertion = GrantedAssertion{
            Secret(view(assertion.assertion)), std::string(view(assertion.token_type)),
            std::string(view(assertion.issuer)), std::string(view(assertion.scope)),
            assertion.expires_at};
    } catch (const std::exception&) {
        state->frame().answers += 2;
    }
}

void sink_failed(mcp_auth_call* call, const mcp_auth_failure* in) noexcept {
    auto* state = running(call);
    if (state == nullptr || in == nullptr) return;
    try {
        auto& frame = state->frame();
        ++frame.answers;
        frame.failed = error_from(*in);
    } catch (const std::exception&) {
        state->frame().answers += 2;
    }
}

Error broken(const Frame& frame, std::string_view how) {
    return {Status::internal, "provider",
            fmt::format("the plugin \"{}\" broke its contract: {}; ask its vendor",
                        frame.instance->plugin().manifest.id, how)};
}

// The failure that goes with a status other than ok.
Error failure_of(Status status, Frame& frame) {
    if (frame.token || frame.assertion || frame.answers > 1)
        return broken(frame, "it failed and yet handed out an answer");
    if (frame.failed) {
        if (frame.failed->status != status)
            return broken(frame, "the status it returned is not that of the failure it reported");
        return std::move(*frame.failed);
    }
    if (frame.last_service_failure && frame.last_service_failure->status == status)
        return std::move(*frame.last_service_failure);
    return {status, "provider",
            fmt::format("the plugin \"{}\" gave no reason", frame.instance->plugin().manifest.id)};
}

}  // namespace

const mcp_auth_results* result_sinks() noexcept {
    static const mcp_auth_results sinks{sink_token, sink_assertion, sink_failed};
    return &sinks;
}

Result<GrantedToken> token_outcome(mcp_auth_status number, Frame& frame) {
    const auto status = status_from(number);
    if (status != Status::ok) return failure_of(status, frame);
    if (frame.answers != 1 || !frame.token)
        return broken(frame, "it reported success without handing out exactly one token");
    return std::move(*frame.token);
}

Result<GrantedAssertion> assertion_outcome(mcp_auth_status number, Frame& frame) {
    const auto status = status_from(number);
    if (status != Status::ok) return failure_of(status, frame);
    if (frame.answers != 1 || !frame.assertion)
        return broken(frame, "it reported success without handing out exactly one assertion");
    return std::move(*frame.assertion);
}

}  // namespace mcp_auth::host
