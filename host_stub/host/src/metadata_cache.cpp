#include "metadata_cache.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::host {

std::chrono::seconds metadata_lifetime(std::int64_t fresh_for) {
    constexpr std::int64_t unstated = 3600, shortest = 60, longest = 24 * 3600;
    return std::chrono::seconds(fresh_for == 0 ? unstated
                                               : std::clamp(fresh_for, shortest, longest));
}

ServerPointer MetadataCache::fresh_or_join(const std::string& issuer,
                                           std::shared_ptr<ServerFlight>& flight) {
    const auto now = clock_.now();
    std::lock_guard lock(mutex_);
    auto& entry = entries_[issuer];
    if (entry.server && now < entry.fresh_until) return entry.server;
    if (!entry.flight) entry.flight = std::make_shared<ServerFlight>();
    flight = entry.flight;
    return nullptr;
}

void MetadataCache::run(const std::string& issuer, const std::shared_ptr<ServerFlight>& flight,
                        const Trace& trace, const Bounds& bounds) {
    auto found = discovery_.server(issuer, trace, bounds);
    Result<ServerPointer> result =
        found ? Result<ServerPointer>(std::make_shared<const ServerMetadata>(std::move(*found)))
              : Result<ServerPointer>(std::move(found).error());
    {
        std::lock_guard lock(mutex_);
        auto& entry = entries_[issuer];
        if (entry.flight == flight) {
            entry.flight.reset();
            if (result) {
                entry.server = *result;
                entry.fresh_until = clock_.now() + metadata_lifetime((*result)->fresh_for);
            }
        }
    }
    flight->finish(std::move(result));
}

Result<ServerPointer> MetadataCache::server(const std::string& issuer, const Trace& trace,
                                            const Bounds& bounds) {
    return join_or_run<ServerPointer>(
        clock_, bounds,
        [&](std::shared_ptr<ServerFlight>& flight) { return fresh_or_join(issuer, flight); },
        [&](const std::shared_ptr<ServerFlight>& flight) {
            run(issuer, flight, trace, bounds);
            return true;
        });
}

void MetadataCache::prefetch(const std::string& issuer, const Trace& trace, const Bounds& bounds,
                             WorkerPool& pool) {
    std::shared_ptr<ServerFlight> flight;
    if (fresh_or_join(issuer, flight) || flight->claimed()) return;
    // Not taken by a full pool: whoever needs it runs it.
    (void)pool.submit([this, issuer, flight, trace, bounds] {
        if (flight->claim()) run(issuer, flight, trace, bounds);
    });
}

void MetadataCache::forget(const std::string& issuer) {
    std::lock_guard lock(mutex_);
    if (const auto entry = entries_.find(issuer); entry != entries_.end())
        entry->second.server.reset();
}

}  // namespace mcp_auth::host
