// mcp_auth/detail/trampoline.hpp - the C functions that a plugin's tables hold, over the author's
// class. Included by plugin_impl.hpp.
//
// All are noexcept. An exception becomes `internal`, with a text that says its kind and never its
// what(), which may quote a secret (L4). The host's sinks are called after the catch block is left.
#pragma once

#include <mcp_auth/detail/abi_values.hpp>
#include <mcp_auth/plugin.hpp>

#include <exception>
#include <new>
#include <optional>
#include <stdexcept>

namespace mcp_auth::plugin::detail {

using mcp_auth::detail::read;
using mcp_auth::detail::sized;
using mcp_auth::detail::to_abi;
using mcp_auth::detail::to_error;
using mcp_auth::detail::view;
using mcp_auth::detail::write;

// Runs the author's code. Null if it returned, else what it threw, as a constant text.
template <class Work>
const char* guarded(Work&& work) noexcept {
    try {
        work();
        return nullptr;
    } catch (const std::bad_alloc&) {
        return "the plugin ran out of memory";
    } catch (const std::logic_error&) {
        return "the plugin threw a std::logic_error; its text is withheld, it may hold a secret";
    } catch (const std::runtime_error&) {
        return "the plugin threw a std::runtime_error; its text is withheld, it may hold a secret";
    } catch (const std::exception&) {
        return "the plugin threw a std::exception; its text is withheld, it may hold a secret";
    } catch (...) {
        return "the plugin threw something that is no std::exception";
    }
}

// A constant text as a failure, without allocating: memory may be what ran out.
inline mcp_auth_failure bug(const char* message) noexcept {
    auto failure = sized<mcp_auth_failure>();
    failure.status = MCP_AUTH_INTERNAL;
    failure.leg = to_abi("provider");
    failure.message = to_abi(std::string_view(message));
    return failure;
}

inline mcp_auth_status give(mcp_auth_call* call, const mcp_auth_results* results,
                            const mcp_auth_failure& failure) noexcept {
    results->failed(call, &failure);
    return failure.status;
}

inline mcp_auth_status give(mcp_auth_call* call, const mcp_auth_results* results,
                            const Error& error) noexcept {
    if (error.status == Status::ok)
        return give(call, results, bug("the plugin failed with the status ok"));
    return give(call, results, to_abi(error));
}

inline mcp_auth_status give(mcp_auth_call* call, const mcp_auth_results* results,
                            const Token& token) noexcept {
    if (token.access_token.empty())
        return give(call, results, bug("the plugin succeeded with an empty access token"));
    auto out = sized<mcp_auth_token>();
    out.access_token = to_abi(token.access_token);
    out.token_type = to_abi(token.token_type);
    out.scope = to_abi(token.scope);
    out.expires_at = token.expires_at;
    results->token(call, &out);
    return MCP_AUTH_OK;
}

inline mcp_auth_status give(mcp_auth_call* call, const mcp_auth_results* results,
                            const Assertion& assertion) noexcept {
    if (assertion.assertion.empty())
        return give(call, results, bug("the plugin succeeded with an empty assertion"));
    auto out = sized<mcp_auth_assertion>();
    out.assertion = to_abi(assertion.assertion);
    out.token_type = to_abi(assertion.token_type);
    out.issuer = to_abi(assertion.issuer);
    out.scope = to_abi(assertion.scope);
    out.expires_at = assertion.expires_at;
    results->assertion(call, &out);
    return MCP_AUTH_OK;
}

// A reason that a later host may know asks for a fresh one: right for any, if not the cheapest.
inline Reason reason_from(mcp_auth_reason reason) noexcept {
    return reason <= MCP_AUTH_REASON_INSUFFICIENT_SCOPE ? static_cast<Reason>(reason)
                                                        : Reason::rejected;
}

inline TokenRequest request_from(const mcp_auth_token_request* request) noexcept {
    const auto in = read(request);
    return {reason_from(in.reason), view(in.server),
            view(in.resource),      view(in.issuer),
            view(in.metadata),      view(in.scope),
            view(in.challenge),     (in.flags & MCP_AUTH_REQUEST_OMIT_RESOURCE) != 0};
}

inline AssertionRequest request_from(const mcp_auth_assertion_request* request) noexcept {
    const auto in = read(request);
    return {reason_from(in.reason), view(in.audience),  view(in.resource),
            view(in.scope),         view(in.client_id), view(in.dpop_jkt)};
}

// A word of a space separated list.
constexpr bool lists(std::string_view words, std::string_view word) noexcept {
    while (!words.empty()) {
        const std::size_t end = words.find(' ');
        if (words.substr(0, end) == word) return true;
        words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
    }
    return false;
}

inline Result<Instance> instance_from(const mcp_auth_instance* instance) {
    const auto in = read(instance);
    const std::string_view text = view(in.settings);
    auto settings = json::parse(text.empty() ? std::string_view("{}") : text);
    if (!settings) return Error(Status::misconfigured, "settings", settings.error().message);
    if (!settings->is_object())
        return Error(Status::misconfigured, "settings", "settings must be a JSON object");
    return Instance{view(in.name), *std::move(settings), in.abi_minor};
}

// What an mcp_auth_provider of this kit is. IDENTITY holds the literals of MCP_AUTH_PLUGIN.
template <class Class, class Identity>
struct Trampoline : mcp_auth_provider {
    Trampoline(const mcp_auth_host* host, std::unique_ptr<Provider> provider) noexcept
        : mcp_auth_provider{&extension, &destroy}, host_(host), provider_(std::move(provider)) {}

    static mcp_auth_status create(const mcp_auth_host* host, const mcp_auth_instance* instance,
                                  mcp_auth_provider** out, mcp_auth_failure* failure) noexcept {
        static Error last;  // the failure's strings live here until the next [control] function
        *out = nullptr;
        last = Error();
        const char* threw = guarded([&] {
            const auto fail = [](Error error) { last = std::move(error); };
            const Host view_of_host(host);
            auto services = view_of_host.require({MCP_AUTH_SERVICE_LOG, MCP_AUTH_SERVICE_CLOCK});
            if (!services) return fail(services.error());
            const auto configured = instance_from(instance);
            if (!configured) return fail(configured.error());
            Result<std::unique_ptr<Provider>> made = Class::create(view_of_host, *configured);
            if (!made) return fail(made.error());
            if (!*made) return fail(Error(Status::internal, "provider", "create gave no provider"));
            *out = std::make_unique<Trampoline>(host, *std::move(made)).release();
        });
        if (*out) return MCP_AUTH_OK;
        mcp_auth_failure why = threw ? bug(threw)
                               : last.status == Status::ok
                                   ? bug("the plugin's create failed with the status ok")
                                   : to_abi(last);
        write(failure, why);
        return why.status;
    }

    static const void* extension(mcp_auth_provider*, mcp_auth_str id) noexcept {
        static constexpr mcp_auth_token_role_v1 token_role{&acquire};
        static constexpr mcp_auth_assertion_role_v1 assertion_role{&assertion};
        if (!lists(Identity::roles(), view(id))) return nullptr;
        if (view(id) == MCP_AUTH_ROLE_TOKEN) return &token_role;
        if (view(id) == MCP_AUTH_ROLE_ASSERTION) return &assertion_role;
        return nullptr;
    }

    static void destroy(mcp_auth_provider* self) noexcept {
        std::unique_ptr<Trampoline>(static_cast<Trampoline*>(self)).reset();
    }

    static mcp_auth_status acquire(mcp_auth_provider* self, mcp_auth_call* call,
                                   const mcp_auth_token_request* request,
                                   const mcp_auth_results* results) noexcept {
        return answer(self, call, results, [&](Provider& provider, Call& scope) {
            return provider.acquire(scope, request_from(request));
        });
    }

    static mcp_auth_status assertion(mcp_auth_provider* self, mcp_auth_call* call,
                                     const mcp_auth_assertion_request* request,
                                     const mcp_auth_results* results) noexcept {
        return answer(self, call, results, [&](Provider& provider, Call& scope) {
            return provider.assertion(scope, request_from(request));
        });
    }

    template <class Work>
    static mcp_auth_status answer(mcp_auth_provider* self, mcp_auth_call* call,
                                  const mcp_auth_results* results, Work work) noexcept {
        auto* me = static_cast<Trampoline*>(self);
        Call scope(me->host_, call);  // what it keeps must outlive the sink's copy
        std::optional<decltype(work(*me->provider_, scope))> result;
        const char* threw = guarded([&] { result.emplace(work(*me->provider_, scope)); });
        if (threw) return give(call, results, bug(threw));
        return *result ? give(call, results, **result) : give(call, results, result->error());
    }

    const mcp_auth_host* host_;
    std::unique_ptr<Provider> provider_;
};

}  // namespace mcp_auth::plugin::detail

namespace mcp_auth::plugin {

// The descriptor of CLASS under the literals of IDENTITY. Constant data: nothing runs at load.
template <class Class, class Identity>
const mcp_auth_plugin* entry() noexcept {
    static constexpr mcp_auth_plugin descriptor{
        sizeof(mcp_auth_plugin),
        MCP_AUTH_ABI_MINOR,
        mcp_auth::detail::to_abi(Identity::id()),
        mcp_auth::detail::to_abi(Identity::version()),
        mcp_auth::detail::to_abi(Identity::roles()),
        &detail::Trampoline<Class, Identity>::create,
    };
    return &descriptor;
}

}  // namespace mcp_auth::plugin
