// Tokens that were won, one slot a key, and the one acquisition that may run for a slot.
#pragma once

#include "flight.hpp"

#include <mcp_auth/host/token.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mcp_auth::host {

class SigningKey;

// A token and its life. The monotonic clock decides, so that a wall clock that jumps back does not
// make a token immortal; the wall clock decides too, so that a machine that slept does not wake
// with a dead token.
class TokenEntry {
public:
    struct Times {
        std::int64_t expires_at = 0;  // Unix seconds
        Deadline soft;                // renew in the background from here (80 % of its life)
        Deadline hard;                // not handed out from here (expiry less a margin)
        std::int64_t hard_wall = 0;   // the same on this machine's wall clock, uncorrected: what
                                      // another server says of the time changes nothing here
    };
    // `bound_to`: the key of a DPoP token, which shows it for as long as it lives, whatever key the
    // connection has by then; null for a Bearer token.
    TokenEntry(Secret value, std::string type, std::string scope, Times times,
               std::shared_ptr<const SigningKey> bound_to = nullptr)
        : value_(std::move(value)),
          type_(std::move(type)),
          scope_(std::move(scope)),
          times_(times),
          bound_to_(std::move(bound_to)) {}

    static AccessToken handle(std::shared_ptr<const TokenEntry> entry) noexcept {
        return AccessToken(std::move(entry));
    }
    static const TokenEntry* of(const AccessToken& token) noexcept { return token.entry_.get(); }

    // The times of a token that lives until `expires_at` (0: 300 s, H2), seen now. `wall`: as
    // whoever granted it has it; `local`: as this machine has it.
    static Times life(std::int64_t expires_at, std::int64_t wall, std::int64_t local, Deadline now);

    std::string_view value() const noexcept { return value_.reveal(); }
    const std::string& type() const noexcept { return type_; }
    const std::string& scope() const noexcept { return scope_; }
    const Times& times() const noexcept { return times_; }
    const SigningKey* bound_to() const noexcept { return bound_to_.get(); }
    bool usable(Deadline now, std::int64_t wall) const noexcept {
        return now < times_.hard && wall < times_.hard_wall;
    }
    bool wants_renewal(Deadline now) const noexcept { return now >= times_.soft; }

    // Only what somebody used is renewed without being asked for.
    void hand_out() const noexcept {
        if (!handed_out_.load(std::memory_order_relaxed))
            handed_out_.store(true, std::memory_order_relaxed);
    }
    bool handed_out() const noexcept { return handed_out_.load(std::memory_order_relaxed); }

private:
    mutable std::atomic<bool> handed_out_{false};
    Secret value_;
    std::string type_, scope_;
    Times times_;
    std::shared_ptr<const SigningKey> bound_to_;
};
using TokenPointer = std::shared_ptr<const TokenEntry>;
using TokenFlight = Flight<TokenPointer>;

// Protocol.md H4. A context's serial stands for connection, provider, resource, issuer, client id,
// IdP issuer and DPoP thumbprint: contexts that differ in any of them have different serials.
struct TokenKey {
    std::uint64_t context = 0;
    std::uint64_t session = 0;
    std::uint64_t generation = 0;
    std::string_view scope;  // sorted, without repetition
};

class TokenSlot {
public:
    struct Current {
        TokenPointer token;
        std::uint64_t version = 0;
    };
    Current current() const;
    // Changes whenever another token, or none, takes the place of the current one.
    std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

    struct Joined {
        std::shared_ptr<TokenFlight> flight;  // null: held off, see `error`
        bool created = false;                 // the caller must see that it is run
        Error error;
        bool outdated = false;  // another token has landed since version `seen`: look again
    };
    // The acquisition under way, or a new one; none while a recent failure holds it off. What
    // holds a renewal off does not hold off a caller who has no token, and the other way round.
    // One that may open a browser is shared only by those who allow it.
    Joined join(Deadline now, bool renewal, std::uint64_t seen, bool interaction = false);

    // Ends `flight` with `result`: keeps the token, or remembers the failure. Returns when a
    // renewal that failed may be tried again; nothing if it was none, or the token is past use.
    std::optional<Deadline> land(const std::shared_ptr<TokenFlight>& flight,
                                 Result<TokenPointer> result, Deadline now);
    void put(TokenPointer token);
    // Ends `flight` with a token that is another slot's, and is not kept here.
    void pass_on(const std::shared_ptr<TokenFlight>& flight, TokenPointer token);

    // Drops this token if it is still the current one (I3). True: it was.
    bool drop(const TokenEntry* token);
    // Takes out the current token once nobody is handed it any more (L5). Null: there is none.
    TokenPointer take_dead(Deadline now, std::int64_t wall);

private:
    struct HeldOff {
        std::optional<Error> error;
        Deadline until{};
        unsigned failures = 0;
    };
    struct Failed {
        HeldOff callers, renewals;
    };
    void replace_locked(TokenPointer& token);
    void ended_locked(const std::shared_ptr<TokenFlight>& flight);

    mutable std::mutex mutex_;
    std::atomic<std::uint64_t> version_{0};
    TokenPointer current_;
    std::shared_ptr<TokenFlight> flight_, interactive_flight_;
    std::unique_ptr<Failed> failed_;  // by pointer: most slots never failed
};

class TokenCache {
public:
    explicit TokenCache(std::size_t max_slots = 200'000) : max_slots_(max_slots) {}

    // The slot of a key, made if need be. Bounded: where it is full, some other slot goes, which
    // disturbs nobody who holds it.
    std::shared_ptr<TokenSlot> slot(const TokenKey& key);
    // Null if there is none.
    std::shared_ptr<TokenSlot> find(const TokenKey& key) const;
    // Drops the slots of a user's generations before this one.
    void forget(std::uint64_t session, std::uint64_t generation);
    // Drops every token of a context; what is being acquired for it goes on.
    void drop_context(std::uint64_t context);
    void clear();

private:
    struct Stored {
        std::uint64_t context, session, generation;
        std::string scope;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const TokenKey& key) const noexcept;
        std::size_t operator()(const Stored& key) const noexcept;
    };
    struct Equal {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const noexcept {
            return a.context == b.context && a.session == b.session &&
                   a.generation == b.generation && a.scope == b.scope;
        }
    };
    using Map = std::unordered_map<Stored, std::shared_ptr<TokenSlot>, Hash, Equal>;
    struct Shard {
        mutable std::mutex mutex;
        Map slots;
    };
    // By session, so that a sign-out looks at one shard, and many, so that it is a small one.
    static constexpr std::size_t shard_count = 256;
    Shard& shard(std::uint64_t session) const;

    const std::size_t max_slots_;
    mutable std::array<Shard, shard_count> shards_;
};

}  // namespace mcp_auth::host
