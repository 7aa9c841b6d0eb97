#include "keyring_store.hpp"

#include "libsecret.hpp"

#include <mcp_auth/secret.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::chrono::minutes patience{1};  // with a person who is asked for a password
constexpr const char* attribute = "entry";

const LibsecretSchema schema{"io.modelcontextprotocol.mcp-auth", 0, {{attribute, 0}}, 0, {}};

// One call into libsecret, which would otherwise wait for the keyring's question for ever.
class BoundedCall {
public:
    explicit BoundedCall(const Libsecret& library)
        : library_(library), cancellable_(library.new_cancellable()), watch_([this] { watch(); }) {}
    BoundedCall(const BoundedCall&) = delete;
    BoundedCall& operator=(const BoundedCall&) = delete;
    ~BoundedCall() {
        {
            const std::lock_guard lock(mutex_);
            done_ = true;
        }
        changed_.notify_all();
        watch_.join();
        if (error_ != nullptr) library_.free_error(error_);
        library_.unref(cancellable_);
    }
    void* cancellable() const noexcept { return cancellable_; }
    LibsecretError** error() noexcept { return &error_; }

    // What GLib says names no secret, but it is a peer's text: it is left out.
    Result<void> outcome() const {
        if (error_ == nullptr) return {};
        return Error(Status::unavailable, "keyring",
                     "the desktop's keyring does not answer: is a secret service running, and "
                     "unlocked?");
    }

private:
    void watch() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [this] { return done_; }))
            library_.cancel(cancellable_);
    }

    const Libsecret& library_;
    void* const cancellable_;
    LibsecretError* error_ = nullptr;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false;
    std::thread watch_;  // last: it uses the others
};

class KeyringStore final : public Store {
public:
    KeyringStore(std::shared_ptr<const Libsecret> library, std::shared_ptr<Store> locks)
        : library_(std::move(library)), locks_(std::move(locks)) {}

    Result<std::string> get(std::string_view key, std::int64_t) override {
        const std::string entry(key);
        BoundedCall call(*library_);
        char* const found = library_->lookup(&schema, call.cancellable(), call.error(), attribute,
                                             entry.c_str(), nullptr);
        if (auto outcome = call.outcome(); !outcome) return std::move(outcome).error();
        std::string value(found != nullptr ? found : "");
        if (found != nullptr) library_->free_secret(found);
        return value;
    }

    Result<void> put(std::string_view key, std::string_view value, std::int64_t) override {
        const std::string entry(key);
        const Secret text(value);  // ends with a NUL, unlike a view
        BoundedCall call(*library_);
        if (text.empty()) {
            library_->clear(&schema, call.cancellable(), call.error(), attribute, entry.c_str(),
                            nullptr);
            return call.outcome();
        }
        const std::string label = "mcp-auth (" + entry + ")";
        library_->store(&schema, nullptr, label.c_str(), text.reveal().data(), call.cancellable(),
                        call.error(), attribute, entry.c_str(), nullptr);
        return call.outcome();
    }

    Result<void> erase_prefix(std::string_view, std::string_view) override {
        return Error(Status::unsupported, "keyring", "entries are erased one by one");
    }

    Result<std::shared_ptr<void>> lease(std::string_view key, const Bounds& bounds) override {
        return locks_->lease(key, bounds);
    }

private:
    const std::shared_ptr<const Libsecret> library_;
    const std::shared_ptr<Store> locks_;
};

}  // namespace

Result<std::shared_ptr<Store>> keyring_store(std::string lock_directory,
                                             std::shared_ptr<Clock> clock) {
    auto library = Libsecret::load();
    if (!library) return std::move(library).error();
    auto locks = Store::file(std::move(lock_directory), 1'000, std::move(clock));
    return std::shared_ptr<Store>(
        std::make_shared<KeyringStore>(std::move(*library), std::move(locks)));
}

}  // namespace mcp_auth::host
