// Names every function that the headers declare, so that one which the shared library does not let
// out is found when this is linked.
#include <mcp_auth/host.hpp>
#include <mcp_auth/host/echo.hpp>
#include <mcp_auth/host/retry_after.hpp>

#include <typeinfo>

namespace {

using namespace mcp_auth;

// The type information of what an application derives from is the library's own.
struct Silent final : AuditSink {
    void record(const AuditEvent&) noexcept override {}
};

template <class Pointer>
std::size_t named(Pointer pointer) {
    static volatile bool there;
    there = pointer != nullptr;
    return there ? 1 : 0;
}

}  // namespace

std::size_t every_function() {
    using ForConfigured = Request (Connection::*)(Wait) const;
    using ForUser = Request (Connection::*)(const User&) const;
    const Silent silent;
    const AuditSink& sink = silent;
    return named(&Host::open) + named(&Host::connection) + named(&Host::user) +
           named(&Host::sign_in) + named(&Host::signed_in) + named(&Host::sign_out) +
           named(&Host::plugins) + named(&Host::metrics) + named(&Host::transport) +
           named(&Host::close) + named(&Connection::name) + named(&Connection::server) +
           named(static_cast<ForConfigured>(&Connection::request)) +
           named(static_cast<ForUser>(&Connection::request)) + named(&Connection::token) +
           named(&Connection::cached) + named(&Connection::authorize_async) +
           named(&Connection::assertion) + named(&Request::authorize) + named(&Request::again) +
           named(&Request::error) + named(&Request::token) + named(&AccessToken::value) +
           named(&AccessToken::type) + named(&AccessToken::scope) +
           named(&AccessToken::expires_at) + named(&User::sign_out) + named(&User::id) +
           named(&Cancellation::cancel) + named(&Cancellation::cancelled) +
           named(&Cancellation::on_cancel) + named(&Store::memory) + named(&Store::file) +
           named(&HttpResponse::header) + named(&HttpResponse::all) + named(&Diagnosis::status) +
           named(&Diagnosis::holds) + named(&diagnose) + named(&system_clock) +
           named(&system_browser) + named(&json_lines_audit) + named(&default_state_directory) +
           named(&retry_after_of) + named(&repeats) + named(&configuration_file) +
           named(&plugin_statement) + named(&sign_plugin) + named(&plugin_signature_file) +
           (dynamic_cast<const Silent*>(&sink) != nullptr && typeid(sink) == typeid(Silent) ? 1
                                                                                            : 0);
}
