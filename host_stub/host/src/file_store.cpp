// Entries that outlive the process, a file each: what is written replaces a file at once, so that
// no lock is needed to keep an entry whole, and one that is broken takes no other with it.
#include <mcp_auth/host/store.hpp>
#include <mcp_auth/secret.hpp>

#include "environment.hpp"
#include "sha256.hpp"
#include "state_directory.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace mcp_auth {
namespace {

constexpr std::size_t max_value_bytes = 64 * 1024;
constexpr std::size_t max_key_bytes = 16 * 1024;
constexpr std::size_t max_file_bytes = max_value_bytes + max_key_bytes + 256;
constexpr std::string_view first_line = "mcp-auth entry 1\n";

// Views of the file's text.
struct Entry {
    std::int64_t expires_at = 0;
    std::string_view key, value;
};

template <class Number>
bool take_number(std::string_view& text, char end, Number& number) {
    const auto stop = text.find(end);
    if (stop == std::string_view::npos) return false;
    const auto* const last = text.data() + stop;
    const auto [parsed, fault] = std::from_chars(text.data(), last, number);
    text.remove_prefix(stop + 1);
    return fault == std::errc() && parsed == last;
}

// Lengths before the bytes: any byte may stand in a key or a value.
Secret written(const Entry& entry) {
    std::string text;
    text.reserve(first_line.size() + 64 + entry.key.size() + entry.value.size());
    text.append(first_line)
        .append(std::to_string(entry.expires_at))
        .append("\n")
        .append(std::to_string(entry.key.size()))
        .append(" ")
        .append(std::to_string(entry.value.size()))
        .append("\n")
        .append(entry.key)
        .append(entry.value);
    return Secret(std::move(text));
}

std::optional<Entry> parsed(std::string_view text) {
    if (!text.starts_with(first_line)) return std::nullopt;
    text.remove_prefix(first_line.size());
    Entry entry;
    std::size_t key_size = 0, value_size = 0;
    if (!take_number(text, '\n', entry.expires_at) || !take_number(text, ' ', key_size) ||
        !take_number(text, '\n', value_size) || key_size > text.size() ||
        text.size() - key_size != value_size)
        return std::nullopt;
    entry.key = text.substr(0, key_size);
    entry.value = text.substr(key_size);
    return entry;
}

class FileStore final : public Store {
public:
    FileStore(std::string directory, std::size_t max_entries, std::shared_ptr<Clock> clock)
        : directory_(std::move(directory)), max_entries_(max_entries), clock_(std::move(clock)) {}

    Result<std::string> get(std::string_view key, std::int64_t now) override {
        const auto name = host::sha256_hex(key);
        const auto text = directory_.read(name, max_file_bytes);
        if (!text) return text.error();
        if (!*text) return std::string();
        const auto entry = parsed((*text)->reveal());
        if (!entry || entry->key != key) return broken(name);
        // An expired one stays until its place is needed: removing it could hit the fresh one that
        // another process has just put there.
        return entry->expires_at == 0 || entry->expires_at > now ? std::string(entry->value)
                                                                 : std::string();
    }

    Result<void> put(std::string_view key, std::string_view value,
                     std::int64_t expires_at) override {
        if (value.size() > max_value_bytes || key.size() > max_key_bytes)
            return Error(Status::invalid_argument, "store", "an entry is larger than 64 KiB");
        const auto name = host::sha256_hex(key);
        if (value.empty() || max_entries_ == 0) return directory_.remove(name);
        if (auto room = make_room(name); !room) return room;
        return directory_.replace(name, written({expires_at, key, value}).reveal());
    }

    Result<void> erase_prefix(std::string_view prefix, std::string_view except) override {
        const auto names = directory_.names();
        if (!names) return names.error();
        Result<void> outcome;  // a sign-out erases what it can, whatever else is wrong
        for (const auto& name : *names) {
            auto erased = erase_if(name, prefix, except);
            if (!erased) outcome = std::move(erased);
        }
        return outcome;
    }

    Result<std::shared_ptr<void>> lease(std::string_view key, const Bounds& bounds) override {
        return directory_.lock(host::sha256_hex(key), *clock_, bounds);
    }

private:
    Error broken(const std::string& name) const {
        return {Status::misconfigured, "state",
                directory_.path_of(name) +
                    ": not what was written here, or damaged; remove it to go on without it"};
    }

    Result<void> erase_if(const std::string& name, std::string_view prefix,
                          std::string_view except) {
        const auto text = directory_.read(name, max_file_bytes);
        if (!text) return text.error();
        if (!*text) return {};  // another process was faster
        const auto entry = parsed((*text)->reveal());
        if (!entry) return broken(name);
        const bool spared = !except.empty() && entry->key.starts_with(except);
        return entry->key.starts_with(prefix) && !spared ? directory_.remove(name) : Result<void>();
    }

    // For one more entry; the oldest goes first.
    Result<void> make_room(const std::string& added) {
        const auto names = directory_.names();
        if (!names) return names.error();
        if (std::find(names->begin(), names->end(), added) != names->end()) return {};  // replaced
        for (std::size_t i = 0; names->size() - i >= max_entries_; ++i)
            if (auto removed = directory_.remove((*names)[i]); !removed) return removed;
        return {};
    }

    const host::StateDirectory directory_;
    const std::size_t max_entries_;
    const std::shared_ptr<Clock> clock_;
};

}  // namespace

std::shared_ptr<Store> Store::file(std::string directory, std::size_t max_entries,
                                   std::shared_ptr<Clock> clock) {
    if (!clock) clock = system_clock();
    return std::make_shared<FileStore>(std::move(directory), max_entries, std::move(clock));
}

std::string default_state_directory() {
    return host::Environment::of_process().state_home();
}

}  // namespace mcp_auth
