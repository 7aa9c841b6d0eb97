// store/1: opaque entries of plugins, kept apart by the host.
#include "services.hpp"

#include "host_state.hpp"
#include "store_key.hpp"

#include <utility>

namespace mcp_auth::host {

namespace {

void append(std::string& key, std::string_view part) {
    key.append(std::to_string(part.size())).append(":").append(part);
}

Result<std::string> key_of(CallState& state, mcp_auth_str client, mcp_auth_str key) {
    auto resolved = resolve_client(state, view(client), false);
    if (!resolved) return std::move(resolved).error();
    return store_key(state, resolved->issuer, resolved->config->id, view(key));
}

bool is_of(const std::optional<HeldLease>& lease, mcp_auth_str client, mcp_auth_str key) {
    return lease && lease->client == view(client) && lease->key == view(key);
}

bool generation_ended(const CallState& state) {
    const auto& frame = state.frames.back();
    return frame.session->generation() != frame.generation;
}

mcp_auth_status get(mcp_auth_call* call, mcp_auth_str client, mcp_auth_str key, mcp_auth_str* value,
                    mcp_auth_failure* failure) {
    return serve(call, failure, {value}, [&](CallState& state) -> Result<void> {
        auto full = key_of(state, client, key);
        if (!full) return std::move(full).error();
        auto found = state.host.store().get(*full, state.wall());
        if (!found) return std::move(found).error();
        *value = state.keep(*found);
        wipe(*found);
        return {};
    });
}

mcp_auth_status put(mcp_auth_call* call, mcp_auth_str client, mcp_auth_str key, mcp_auth_str value,
                    std::int64_t expires_at, mcp_auth_failure* failure) {
    return serve(call, failure, {}, [&](CallState& state) -> Result<void> {
        auto full = key_of(state, client, key);
        if (!full) return std::move(full).error();
        if (generation_ended(state)) return {};  // from before a sign-out: dropped
        auto kept = state.host.store().put(*full, view(value), expires_at);
        // A sign-out between the check and the write erased too early: nobody will read this key
        // again, but it should not lie about either.
        if (kept && generation_ended(state)) kept = state.host.store().put(*full, {}, 0);
        return kept;
    });
}

mcp_auth_status lease(mcp_auth_call* call, mcp_auth_str client, mcp_auth_str key,
                      mcp_auth_failure* failure) {
    return serve(call, failure, {}, [&](CallState& state) -> Result<void> {
        auto& own = state.frame().lease;
        if (is_of(own, client, key)) return {};
        for (const auto& frame : state.frames)
            if (frame.lease)  // two calls that each hold one and want the other's
                return Error{Status::internal, "store",
                             "the plugin asked for a second lease while it holds one"};
        auto full = key_of(state, client, key);
        if (!full) return std::move(full).error();
        auto held = state.host.store().lease(*full, state.bounds);
        if (!held) return std::move(held).error();
        own = HeldLease{std::string(view(client)), std::string(view(key)), std::move(*held)};
        return {};
    });
}

void release(mcp_auth_call* call, mcp_auth_str client, mcp_auth_str key) {
    (void)serve(call, nullptr, {}, [&](CallState& state) -> Result<void> {
        auto& own = state.frame().lease;
        if (is_of(own, client, key)) own.reset();
        return {};
    });
}

}  // namespace

std::string store_prefix(const UserSession& session) {
    std::string prefix;
    append(prefix, session.provider());
    append(prefix, session.user_id());
    return prefix;
}

std::string store_prefix(const UserSession& session, std::uint64_t generation) {
    auto prefix = store_prefix(session);
    append(prefix, std::to_string(generation));
    return prefix;
}

namespace {

std::string client_prefix(const CallState& state, const std::string& issuer,
                          const std::string& client_id) {
    const auto& frame = state.frames.back();
    auto key = store_prefix(*frame.session, frame.generation);
    // A store that outlives the process has seen other users by this name (D4).
    append(key, frame.subject);
    append(key, issuer);
    append(key, client_id);
    return key;
}

}  // namespace

std::string store_key(const CallState& state, const std::string& issuer,
                      const std::string& client_id, std::string_view plugin_key) {
    auto key = client_prefix(state, issuer, client_id);
    append(key, plugin_key);
    return key;
}

void erase_client(CallState& state, const std::string& issuer, const std::string& client_id) {
    (void)state.host.store().erase_prefix(client_prefix(state, issuer, client_id), {});
}

const mcp_auth_store_v1* store_service() noexcept {
    static const mcp_auth_store_v1 table{get, put, lease, release};
    return &table;
}

}  // namespace mcp_auth::host
