// mcp_auth/kept_entry.hpp - one entry of store/1: a JSON object under a key, and the lease on it.
//
//     plugin::KeptEntry entry(call, "mcp", {"refresh", request.resource});
//     const plugin::Lease lease(entry);
//     if (!lease.held()) return lease.held().error();
//     const json::Value kept = entry.load();  // null: nothing is kept
//     ...
//     entry.save(json::Value::object().set("refresh_token", rotated));
//
// A store that cannot be read or written is logged and never fails an acquisition; one whose lease
// is not to be had does. The host keeps users, sign-ins and clients apart (store.h); the key adds
// everything else that the entry is bound to. Nothing throws but std::bad_alloc.
#pragma once

#include <mcp_auth/plugin.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth::plugin {

class KeptEntry {
public:
    // `client` is whose store it is, a key of "clients"; it lives as long. No two lists of `parts`
    // are the same key. Nothing in them is secret: the host may write keys down. Not `usable`: it
    // never holds anything, where the host has no store.
    KeptEntry(Call& call, std::string_view client, std::initializer_list<std::string_view> parts,
              bool usable = true)
        : call_(call), client_(client), key_(key_of(parts)), usable_(usable) {}

    bool usable() const noexcept { return usable_; }

    // Null when nothing is kept, it has expired or is not readable. Give call.keep() a text of it
    // that has to outlive the value.
    json::Value load() {
        if (!usable_) return {};
        const auto text = call_.load(client_, key_);
        if (!text) call_.log(Level::warning, "the store could not be read");
        if (!text || text->empty()) return {};
        auto value = json::parse(*text);
        return value && value->is_object() ? *std::move(value) : json::Value();
    }

    // `expires_at`: Unix seconds; 0: while the sign-in lasts.
    void save(const json::Value& object, std::int64_t expires_at = 0) {
        put(call_.keep(object.dump()), expires_at);
    }
    void forget() { put({}, 0); }

private:
    friend class Lease;

    // A JSON array has one spelling for each list.
    static std::string key_of(std::initializer_list<std::string_view> parts) {
        json::Value key = json::Value::array();
        for (const auto part : parts) key.push(part);
        return key.dump();
    }

    void put(std::string_view text, std::int64_t expires_at) {
        if (!usable_) return;
        if (const auto saved = call_.save(client_, key_, text, expires_at); !saved)
            call_.log(Level::warning, "the store could not be written");
    }

    Call& call_;
    const std::string_view client_;
    const std::string key_;
    const bool usable_;
};

// Exclusive from here to the end of the block, for all processes that share the store: two that
// refresh at once would lose each other's rotation. One a call (store.h).
class Lease {
public:
    // Waits. Where the entry is not usable there is nothing to wait for, and it is held.
    explicit Lease(const KeptEntry& entry)
        : entry_(entry),
          held_(entry.usable_ ? entry.call_.lease(entry.client_, entry.key_) : Result<void>()) {}
    ~Lease() {
        if (held_ && entry_.usable_) entry_.call_.release(entry_.client_, entry_.key_);
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    // Errors: the host's; deadline or cancelled when the wait came to an end.
    const Result<void>& held() const noexcept { return held_; }

private:
    const KeptEntry& entry_;
    const Result<void> held_;
};

}  // namespace mcp_auth::plugin
