// One acquisition as the services see it: for whom, within which bounds, and what was handed out.
#pragma once

#include "discovery.hpp"
#include "dpop.hpp"
#include "granted.hpp"
#include "instance.hpp"
#include "metadata_cache.hpp"
#include "plugin_control.hpp"
#include "trace.hpp"
#include "user.hpp"

#include <mcp_auth/abi.h>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {

class BrowserFlow;
class HostState;
class PluginRun;

// What a plugin holds of the store, by the names that it gave: what the entry is kept under may
// change meanwhile, when a subject comes to be known or a client is registered anew.
struct HeldLease {
    std::string client, key;
    std::shared_ptr<void> held;  // ends it
};

// What one run of a role function handed to the sinks. A chain of providers (peer/1) has one each.
struct Frame {
    std::shared_ptr<Instance> instance;
    std::shared_ptr<UserSession> session;  // of the user at this instance's provider entry
    std::uint64_t generation = 0;          // of it, when this run began
    std::string subject;   // whose assertion it was handed, as far as can be told; empty: none yet
    unsigned answers = 0;  // exactly one is right
    std::string_view offence;  // what else it did that no plugin may, in words; empty: nothing
    std::optional<GrantedToken> token;
    std::optional<GrantedAssertion> assertion;
    std::optional<Error> failed;
    std::optional<Error> last_service_failure;
    std::optional<HeldLease> lease;  // released when the run ends
};

// Belongs to the thread that runs the acquisition.
class CallState {
public:
    CallState(HostState& host, const ConnectionConfig& connection, std::shared_ptr<UserState> user,
              Bounds bounds, Trace trace);
    ~CallState();  // wipes what was handed out, releases what was leased

    HostState& host;
    const ConnectionConfig& connection;
    const std::shared_ptr<UserState> user;  // never null; id empty: the configured subject
    const Bounds bounds;
    const Trace trace;

    // The authorization server that this acquisition may go to, validated; its metadata.
    std::string issuer;
    ServerPointer server;
    DpopTerms dpop;  // for every token request of it (J1)
    // Whose clock counts: the authorization server's that was asked last. Empty: none was.
    std::string asked;
    std::int64_t wall() const;

    PluginRun* run = nullptr;  // of the plugin, while it has a call

    bool interaction = false;  // a browser may be opened
    std::unique_ptr<BrowserFlow> browser_flow;

    std::deque<Frame> frames;  // innermost last

    Frame& frame() { return frames.back(); }
    void enter(std::shared_ptr<Instance> instance, std::shared_ptr<UserSession> session);

    // Keeps a text until the call ends, wiped then.
    mcp_auth_str keep(std::string_view text);
    mcp_auth_fields keep(const Headers& headers);
    // Hands a failure to the plugin and remembers it. Returns its status as a number.
    mcp_auth_status fail(Error error, mcp_auth_failure* out);

    // The acquisition's trace, with the provider that runs now.
    Trace trace_here() const;

private:
    std::deque<Secret> kept_;
    std::deque<std::vector<mcp_auth_field>> kept_fields_;
};

// While it lives, `state` is what this thread's services work on. A plugin knows it by a handle
// that is a number, given once in the life of the process, and nothing is ever read through it: one
// that was kept too long, is another thread's, outlived its host or was made up is refused, not
// followed.
class RunningCall {
public:
    explicit RunningCall(CallState& state) noexcept;
    ~RunningCall();
    RunningCall(const RunningCall&) = delete;
    RunningCall& operator=(const RunningCall&) = delete;
    mcp_auth_call* handle() const noexcept { return handle_; }

private:
    friend CallState* running(mcp_auth_call* call) noexcept;
    CallState& state_;
    mcp_auth_call* const handle_;
    RunningCall* const outer_;  // of this thread, which waits for this one
};

// The state of a call that runs on this thread; null for anything else (the service then answers
// `internal`).
CallState* running(mcp_auth_call* call) noexcept;

// contained() for a role's function, whose frame is told.
template <class Function>
mcp_auth_status run_role(Frame& frame, Function function) {
    bool threw = false;
    const auto status = contained(threw, std::move(function));
    if (threw) frame.offence = "it let an exception out";
    return status;
}

inline std::string_view view(mcp_auth_str text) noexcept {
    return text.len == 0 || text.ptr == nullptr ? std::string_view{}
                                                : std::string_view{text.ptr, text.len};
}
inline mcp_auth_str str(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

// Structs that carry struct_size: what is missing is zero, what is too much is left alone.
template <class T>
T read_in(const T* in) noexcept {
    T copy{};
    std::memcpy(&copy, in, in->struct_size < sizeof(T) ? in->struct_size : sizeof(T));
    return copy;
}
template <class T>
void write_out(T full, T* out) noexcept {
    full.struct_size = out->struct_size;
    std::memcpy(out, &full, full.struct_size < sizeof(T) ? full.struct_size : sizeof(T));
}

Error error_from(const mcp_auth_failure& failure);
// `internal`, in words that live for ever: for a service that has no call to keep its own in (H11).
mcp_auth_status refuse(const char* message, mcp_auth_failure* failure) noexcept;

// The sinks, for every call.
const mcp_auth_results* result_sinks() noexcept;

// What a role function's run amounts to: its answer, or why there is none.
Result<GrantedToken> token_outcome(mcp_auth_status status, Frame& frame);
Result<GrantedAssertion> assertion_outcome(mcp_auth_status status, Frame& frame);

}  // namespace mcp_auth::host
