// Tokens handed out lately, so that the next reader of one shares nothing that others write.
//
// A reader's way through users, contexts and slots takes several locks and reference counts, which
// readers on other cores want at the same time. Here every thread has (nearly always) a stripe of
// its own, with its own copies of what it hands out; what shows that a copy is out of date are
// numbers that change seldom: the user's generation, the slot's and the connection's version.
#pragma once

#include "token_cache.hpp"
#include "user.hpp"

#include <mcp_auth/host/wait.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

namespace mcp_auth::host {

class RecentTokens {
public:
    // Serials, never addresses: an address may come to belong to somebody else.
    struct Key {
        std::uint64_t connection = 0, user = 0;
        std::uint64_t version = 0;  // of the connection
    };
    // Null: look for it the long way. A token that wants renewal is not found here.
    TokenPointer find(const Key& key, Deadline now, std::int64_t wall);
    void put(const Key& key, std::shared_ptr<UserSession> session, std::uint64_t generation,
             std::shared_ptr<TokenSlot> slot, std::uint64_t slot_version, TokenPointer token);
    // Lets go of every copy that find() would not hand out again, so that none outlives its token
    // (L5): after a sign-out, a replacement or an expiry. Looks at all there is.
    void drop_outdated(Deadline now, std::int64_t wall);
    void clear();
    // How often find() found one.
    std::uint64_t hits() const;

private:
    struct Entry {
        Key key;
        std::uint64_t generation = 0, slot_version = 0;
        std::shared_ptr<UserSession> session;
        std::shared_ptr<TokenSlot> slot;
        TokenPointer token;  // with a reference count of this stripe's own

        bool outdated() const noexcept {
            return session->generation() != generation || slot->version() != slot_version;
        }
    };
    static constexpr std::size_t stripe_count = 32, entry_count = 256;
    struct alignas(64) Stripe {
        mutable std::mutex mutex;
        std::uint64_t hits = 0;
        std::unique_ptr<std::array<Entry, entry_count>> entries;  // made at first use
    };
    Stripe& own_stripe();
    static std::size_t index(const Key& key) noexcept;

    std::array<Stripe, stripe_count> stripes_;
};

}  // namespace mcp_auth::host
