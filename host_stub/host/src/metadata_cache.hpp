// Metadata of authorization servers, kept with a lifetime and asked for once at a time.
#pragma once

#include "discovery.hpp"
#include "flight.hpp"
#include "worker_pool.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace mcp_auth::host {

using ServerPointer = std::shared_ptr<const ServerMetadata>;

class MetadataCache {
public:
    MetadataCache(Discovery& discovery, Clock& clock) : discovery_(discovery), clock_(clock) {}

    // What is known and fresh, or discovered now (by whoever asks first). Errors: of
    // Discovery::server; a failure is not kept.
    Result<ServerPointer> server(const std::string& issuer, const Trace& trace,
                                 const Bounds& bounds);

    // Begins on the pool, unless it is known or under way. The one who needs it will wait for it,
    // or run it if the pool has not come to it.
    void prefetch(const std::string& issuer, const Trace& trace, const Bounds& bounds,
                  WorkerPool& pool);

    // Asked again next time (B5).
    void forget(const std::string& issuer);

private:
    using ServerFlight = Flight<ServerPointer>;
    struct Entry {
        ServerPointer server;
        Deadline fresh_until{};
        std::shared_ptr<ServerFlight> flight;
    };
    // The fresh document, or the flight to join.
    ServerPointer fresh_or_join(const std::string& issuer, std::shared_ptr<ServerFlight>& flight);
    void run(const std::string& issuer, const std::shared_ptr<ServerFlight>& flight,
             const Trace& trace, const Bounds& bounds);

    Discovery& discovery_;
    Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
};

// How long a document is used that says `fresh_for` seconds (0: it says nothing).
std::chrono::seconds metadata_lifetime(std::int64_t fresh_for);

}  // namespace mcp_auth::host
