#include "call.hpp"

#include "browser_flow.hpp"
#include "host_state.hpp"
#include "untrusted_text.hpp"

#include <mcp_auth/detail/abi_values.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

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

mcp_auth_status refuse(const char* message, mcp_auth_failure* failure) noexcept {
    if (failure == nullptr) return MCP_AUTH_INTERNAL;
    mcp_auth_failure said{};
    said.status = MCP_AUTH_INTERNAL;
    said.leg = MCP_AUTH_LIT("host");
    said.message = {message, std::strlen(message)};
    write_out(said, failure);
    return MCP_AUTH_INTERNAL;
}

Trace CallState::trace_here() const {
    auto here = trace;
    if (!frames.empty()) here.provider = frames.back().instance->config().name;
    return here;
}

namespace {

thread_local RunningCall* innermost = nullptr;

mcp_auth_call* new_handle() noexcept {
    static std::atomic<std::uintptr_t> given{0};
    // Never null, and on 64 bits never the same again. NOLINTNEXTLINE(performance-no-int-to-ptr)
    return reinterpret_cast<mcp_auth_call*>(++given * alignof(std::max_align_t));
}

}  // namespace

RunningCall::RunningCall(CallState& state) noexcept
    : state_(state), handle_(new_handle()), outer_(innermost) {
    innermost = this;
}
RunningCall::~RunningCall() {
    innermost = outer_;
}

CallState* running(mcp_auth_call* call) noexcept {
    return innermost != nullptr && innermost->handle_ == call ? &innermost->state_ : nullptr;
}

Error error_from(const mcp_auth_failure& in) {
    const auto failure = read_in(&in);
    Error error;
    error.status = status_from(failure.status);
    error.leg = untrusted_text(view(failure.leg));
    error.message = vendor_text(view(failure.message));
    error.oauth_error = untrusted_text(view(failure.oauth_error));
    error.description = untrusted_text(view(failure.description));
    error.acr_values = untrusted_text(view(failure.acr_values));
    error.max_age = detail::duration_from(failure.max_age);
    error.retry_after = detail::duration_from(failure.retry_after);
    error.http_status = failure.http_status < 1000 ? static_cast<int>(failure.http_status) : 0;
    return error;
}

namespace {

// No answer of a token endpoint is longer (HttpRequest::max_response_bytes), and what is said to be
// so long need not be there to be read.
constexpr std::size_t longest_answer = 256 * 1024;

bool fit(std::initializer_list<mcp_auth_str> texts) noexcept {
    return std::all_of(texts.begin(), texts.end(),
                       [](const mcp_auth_str& text) { return text.len <= longest_answer; });
}

// Counts what a sink was given, and takes it with `take` if it can be.
template <class Take>
void sink(mcp_auth_call* call, const void* in, Take take) noexcept {
    auto* state = running(call);
    if (state == nullptr || in == nullptr) return;
    auto& frame = state->frame();
    ++frame.answers;
    try {
        if (!take(frame)) frame.offence = "it handed out a text of more than 256 KiB";
    } catch (const std::exception&) {
        frame.answers += 2;  // out of memory: no answer is better than half of one
    }
}

void sink_token(mcp_auth_call* call, const mcp_auth_token* in) noexcept {
    sink(call, in, [in](Frame& frame) {
        const auto token = read_in(in);
        if (!fit({token.access_token, token.token_type, token.scope})) return false;
        frame.token =
            GrantedToken{Secret(view(token.access_token)), std::string(view(token.token_type)),
                         std::string(view(token.scope)), token.expires_at};
        return true;
    });
}

void sink_assertion(mcp_auth_call* call, const mcp_auth_assertion* in) noexcept {
    sink(call, in, [in](Frame& frame) {
        const auto assertion = read_in(in);
        if (!fit({assertion.assertion, assertion.token_type, assertion.issuer, assertion.scope}))
            return false;
        frame.assertion = GrantedAssertion{
            Secret(view(assertion.assertion)), std::string(view(assertion.token_type)),
            std::string(view(assertion.issuer)), std::string(view(assertion.scope)),
            assertion.expires_at};
        return true;
    });
}

void sink_failed(mcp_auth_call* call, const mcp_auth_failure* in) noexcept {
    sink(call, in, [in](Frame& frame) {
        frame.failed = error_from(*in);
        return true;
    });
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
    if (!frame.offence.empty()) return broken(frame, frame.offence);
    const auto status = status_from(number);
    if (status != Status::ok) return failure_of(status, frame);
    if (frame.answers != 1 || !frame.token || frame.token->access_token.empty())
        return broken(frame, "it reported success without handing out exactly one token");
    return std::move(*frame.token);
}

Result<GrantedAssertion> assertion_outcome(mcp_auth_status number, Frame& frame) {
    if (!frame.offence.empty()) return broken(frame, frame.offence);
    const auto status = status_from(number);
    if (status != Status::ok) return failure_of(status, frame);
    if (frame.answers != 1 || !frame.assertion || frame.assertion->assertion.empty())
        return broken(frame, "it reported success without handing out exactly one assertion");
    // It goes into somebody's form, header or log.
    const auto text = frame.assertion->assertion.reveal();
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }))
        return Error{Status::protocol, "provider",
                     "the assertion holds characters that no assertion may (protocol.md F1)"};
    return std::move(*frame.assertion);
}

}  // namespace mcp_auth::host
