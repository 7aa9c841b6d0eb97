#include "connection_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mcp_auth::host {

void ConnectionPool::remove_old(Time now, std::vector<Idle>& closing) {
    for (auto entry = idle_.begin(); entry != idle_.end();) {
        auto& streams = entry->second;  // the oldest first
        const auto fresh = std::find_if(streams.begin(), streams.end(), [&](const Idle& one) {
            return now - one.since < bounds_.idle;
        });
        count_ -= static_cast<std::size_t>(fresh - streams.begin());
        std::move(streams.begin(), fresh, std::back_inserter(closing));
        streams.erase(streams.begin(), fresh);
        entry = streams.empty() ? idle_.erase(entry) : std::next(entry);
    }
}

std::unique_ptr<Stream> ConnectionPool::take(const std::string& key) {
    std::vector<Idle> closing;
    for (;;) {
        std::unique_ptr<Stream> stream;
        {
            const std::lock_guard lock(mutex_);
            remove_old(std::chrono::steady_clock::now(), closing);
            const auto entry = idle_.find(key);
            if (entry == idle_.end()) return nullptr;
            stream = std::move(entry->second.back().stream);
            entry->second.pop_back();
            --count_;
            if (entry->second.empty()) idle_.erase(entry);
        }
        if (stream->idle_and_open()) return stream;
    }
}

void ConnectionPool::give_back(const std::string& key, std::unique_ptr<Stream> stream) {
    std::vector<Idle> closing;
    const std::lock_guard lock(mutex_);  // released before `closing` closes anything
    const auto now = std::chrono::steady_clock::now();
    remove_old(now, closing);
    auto entry = idle_.find(key);
    const std::size_t here = entry == idle_.end() ? 0 : entry->second.size();
    if (here >= bounds_.per_key || count_ >= bounds_.in_all) {
        closing.push_back({std::move(stream), now});
        return;
    }
    idle_[key].push_back({std::move(stream), now});
    ++count_;
}

}  // namespace mcp_auth::host
