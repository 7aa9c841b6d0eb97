// Whose tokens: users, and what each of them is at one provider entry.
#pragma once

#include <mcp_auth/host/user.hpp>
#include <mcp_auth/host/wait.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {

class UserState;

// One user at one entry of "providers". Everything derived is keyed by this and its generation; a
// new generation makes all of it unreachable at once (protocol.md D4, H4).
class UserSession {
public:
    // The first generation is 1 in every process, so that the next one finds what a store kept.
    // `second`: the number of the one after; they count from there.
    UserSession(std::string user_id, std::string provider, std::uint64_t serial,
                std::uint64_t second);

    const std::string& user_id() const noexcept { return user_id_; }
    const std::string& provider() const noexcept { return provider_; }
    std::uint64_t serial() const noexcept { return serial_; }
    std::uint64_t generation() const noexcept {
        return generation_.load(std::memory_order_acquire);
    }

    // What runs for the present generation, cancelled when that ends. Kept only while it runs: most
    // sessions are idle, and there are many.
    void enlist(const Cancellation* run, Cancellation cancellation);
    void leave(const Cancellation* run);

    // What a subject assertion says of who the user is, asked for by a run of `generation`.
    enum class Recognised {
        same,   // or nothing to go by: an opaque assertion, both parts empty
        other,  // somebody else than before: a new generation has begun
        late,   // that generation is over; what it saw says nothing of the present one
    };
    Recognised recognise(std::uint64_t generation, std::string_view issuer,
                         std::string_view subject);
    // The user changed, as another session of theirs noticed.
    void begin_generation();

    // Cancels what runs and begins a new generation: a sign-out.
    void end_generation();
    std::uint64_t sign_outs() const noexcept { return sign_outs_.load(std::memory_order_acquire); }

private:
    using Runs = std::vector<std::pair<const Cancellation*, Cancellation>>;
    Runs begin_locked();  // those of the generation that ended
    static void cancel(Runs runs);

    const std::string user_id_, provider_;
    const std::uint64_t serial_;
    const std::uint64_t second_;
    std::atomic<std::uint64_t> generation_{1};
    std::atomic<std::uint64_t> sign_outs_{0};
    mutable std::mutex mutex_;
    Runs runs_;
    std::string issuer_, subject_;
};

// All users of a Host. Handles of users outlive it, so they share it.
class UserRegistry : public std::enable_shared_from_this<UserRegistry> {
public:
    using Forget = std::function<void(const UserSession&)>;

    // `forget` erases what is stored for one session, after a generation of it ended.
    // `second`: what generations after the first are counted from, another number in each process:
    // what a store kept of another process's generations must never be taken for ours.
    UserRegistry(Forget forget, std::uint64_t second);

    // The same user for the same id. `source` empty: the former one stays.
    std::shared_ptr<UserState> user(const std::string& id, SubjectSource source);
    // After this, signing out erases no more, and users are forgotten with their handles.
    void close();

    std::uint64_t next_serial() noexcept { return ++serial_; }
    std::uint64_t second_generation() const noexcept { return second_; }
    void forget(const UserSession& session) const;

private:
    std::atomic<std::uint64_t> serial_{0};
    const std::uint64_t second_;
    mutable std::mutex mutex_;
    std::shared_ptr<const Forget> forget_;
    std::map<std::string, std::shared_ptr<UserState>, std::less<>> users_;
};

class UserState {
public:
    UserState(std::string id, std::shared_ptr<UserRegistry> registry, std::uint64_t serial);

    static const std::shared_ptr<UserState>& of(const User& user) noexcept { return user.state_; }
    static User handle(std::shared_ptr<UserState> state) { return User(std::move(state)); }

    const std::string& id() const noexcept { return id_; }
    std::uint64_t serial() const noexcept { return serial_; }  // never given twice
    void set_source(SubjectSource source);
    SubjectSource source() const;
    std::shared_ptr<UserSession> session(const std::string& provider);
    void sign_out();
    // `noticed` has begun a new generation because somebody else is the user now: so do the others,
    // whose tokens were the former one's (D4).
    void changed(const UserSession& noticed);

private:
    std::vector<std::shared_ptr<UserSession>> sessions() const;

    const std::string id_;
    const std::uint64_t serial_;
    const std::shared_ptr<UserRegistry> registry_;
    mutable std::mutex mutex_;
    SubjectSource source_;
    std::vector<std::shared_ptr<UserSession>> sessions_;  // one, or a few
};

}  // namespace mcp_auth::host
