// subject/1 and peer/1: the user's assertion, and another provider's.
#include "services.hpp"

#include "host_state.hpp"
#include "plugin_run.hpp"
#include "secret_reference.hpp"
#include "sha256.hpp"

#include <mcp_auth/jws.hpp>

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

namespace {

// Leaves the peer's frame however the peer ends.
class FrameEnd {
public:
    explicit FrameEnd(CallState& state) : state_(state) {}
    ~FrameEnd() { state_.frames.pop_back(); }
    FrameEnd(const FrameEnd&) = delete;
    FrameEnd& operator=(const FrameEnd&) = delete;

private:
    CallState& state_;
};

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    while (!text.empty()) {
        const auto end = text.find(' ');
        if (end != 0) all.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return all;
}

Error no_such_type(std::string_view accepted) {
    return {Status::unsupported, "subject",
            fmt::format("the subject is not of a type that the provider accepts ({})", accepted)};
}

using Asked = Result<SubjectAssertion>;

Asked from_source(const SubjectSource& source, std::string_view accepted, const Bounds& bounds) {
    for (const auto& type : words(accepted)) {
        auto assertion = source(type, bounds);
        if (!assertion) {
            if (assertion.status() == Status::unsupported) continue;
            auto error = std::move(assertion).error();
            if (error.leg.empty()) error.leg = "subject";
            return error;
        }
        if (assertion->token_type.empty()) assertion->token_type = type;
        return assertion;
    }
    return no_such_type(accepted);
}

Asked from_configuration(CallState& state, std::string_view accepted) {
    const auto& provider = state.frame().instance->config();
    if (!provider.subject)
        return Error{Status::misconfigured, "subject",
                     fmt::format("provider \"{}\" needs a user's assertion: configure \"subject\", "
                                 "or name a user in the call",
                                 provider.name)};
    if (provider.subject->from.from == SecretReference::From::application) {
        const auto& source = state.host.application_subject();
        if (!source)
            return Error{Status::invalid_argument, "subject",
                         "the configuration leaves the subject to the application: name the user "
                         "in the call"};
        return from_source(source, accepted, state.bounds);
    }
    const auto type = provider.subject->token_type();
    const auto types = words(accepted);
    if (std::find(types.begin(), types.end(), type) == types.end()) return no_such_type(accepted);
    if (provider.subject->from.from == SecretReference::From::session) {
        const auto session = session_of(provider);
        if (!session) return session.error();
        return state.host.sign_ins().subject(**session, type, state.trace_here(), state.bounds);
    }
    auto secret = read_secret(provider.subject->from, "the subject", "subject", state.bounds);
    if (!secret) return std::move(secret).error();
    SubjectAssertion assertion;
    assertion.value = secret->reveal();
    assertion.token_type = type;
    return assertion;
}

mcp_auth_status get(mcp_auth_call* call, mcp_auth_str accepted, mcp_auth_subject* out,
                    mcp_auth_failure* failure) {
    return serve(call, failure, {out}, [&](CallState& state) -> Result<void> {
        const bool configured = state.user->id().empty();
        const auto source = state.user->source();
        if (!configured && !source)  // never somebody else's assertion
            return Error{Status::invalid_argument, "subject",
                         "this user has no source of assertions: give one to Host::user"};
        auto assertion = configured ? from_configuration(state, view(accepted))
                                    : from_source(source, view(accepted), state.bounds);
        if (!assertion) return std::move(assertion).error();

        const Secret value(std::move(assertion->value));
        auto issuer = assertion->issuer, subject = assertion->subject;
        auto expires_at = assertion->expires_at;
        if (auto token = Jws::decode(value.reveal())) {
            if (issuer.empty()) issuer = token->payload.string("iss");
            if (subject.empty()) subject = token->payload.string("sub");
            const auto* exp = token->payload.find("exp");
            if (expires_at == 0 && exp != nullptr) expires_at = exp->as_integer().value_or(0);
        }
        // A run that was begun for another is void, and starts over (D4).
        auto& session = *state.frame().session;
        const auto who = session.recognise(state.frame().generation, issuer, subject);
        if (who == UserSession::Recognised::other) state.user->changed(session);
        if (who != UserSession::Recognised::same)
            return Error{Status::cancelled, "subject", "the user changed; starting over"};
        state.frame().subject = issuer.empty() && subject.empty()
                                    ? "opaque " + sha256_hex(value.reveal())
                                    : issuer + " " + subject;
        mcp_auth_subject answer{};
        answer.assertion = state.keep(value.reveal());
        answer.token_type = state.keep(assertion->token_type);
        answer.expires_at = expires_at;
        write_out(answer, out);
        return {};
    });
}

// Whose assertion it was in the end.
void record_asked(const CallState& state, const std::string& provider, Status status,
                  Deadline began) {
    AuditEvent asked;
    asked.leg = "peer";
    asked.event = "asked";
    asked.status = status;
    asked.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(state.trace.clock->now() - began);
    asked.fields = {{"provider", provider}};
    state.trace_here().record(std::move(asked));
}

mcp_auth_status peer_assertion(mcp_auth_call* call, mcp_auth_str name,
                               const mcp_auth_assertion_request* request, mcp_auth_assertion* out,
                               mcp_auth_failure* failure) {
    return serve(call, failure, {request, out}, [&](CallState& state) -> Result<void> {
        const std::string provider(view(name));
        for (const auto& frame : state.frames) {
            if (frame.instance->config().name == provider)
                return Error{
                    Status::misconfigured, "peer",
                    fmt::format("provider \"{}\" would ask itself for an assertion", provider)};
        }
        const auto& providers = state.host.config().providers;
        const auto found = providers.find(provider);
        if (found == providers.end())
            return Error{Status::misconfigured, "peer",
                         fmt::format("\"{}\" is no key of \"providers\"", provider)};
        auto instance = state.host.instance(found->second);
        if (!instance) return std::move(instance).error();
        const auto* role = (*instance)->assertion_role();
        if (role == nullptr)
            return Error{Status::misconfigured, "peer",
                         fmt::format("provider \"{}\" gives no assertions", provider)};

        const auto began = state.trace.clock->now();
        const auto inside = state.run->enter(**instance);
        if (!inside) return inside.error();
        auto granted = [&] {
            state.enter(*instance, state.user->session((*instance)->session_name(*state.user)));
            const FrameEnd end(state);
            const auto status = run_role(state.frame(), [&] {
                return role->assertion((*instance)->provider(), call, request, result_sinks());
            });
            return assertion_outcome(status, state.frame());
        }();
        record_asked(state, provider, granted.status(), began);
        if (!granted) return std::move(granted).error();
        mcp_auth_assertion answer{};
        answer.assertion = state.keep(granted->assertion.reveal());
        answer.token_type = state.keep(granted->token_type);
        answer.issuer = state.keep(granted->issuer);
        answer.scope = state.keep(granted->scope);
        answer.expires_at = granted->expires_at;
        write_out(answer, out);
        return {};
    });
}

}  // namespace

const mcp_auth_subject_v1* subject_service() noexcept {
    static const mcp_auth_subject_v1 table{get};
    return &table;
}

const mcp_auth_peer_v1* peer_service() noexcept {
    static const mcp_auth_peer_v1 table{peer_assertion};
    return &table;
}

}  // namespace mcp_auth::host
