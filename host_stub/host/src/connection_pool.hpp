// Connections that stand idle between two requests.
#pragma once

#include "stream.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mcp_auth::host {

class ConnectionPool {
public:
    struct Bounds {
        std::size_t per_key = 32;
        std::size_t in_all = 256;
        std::chrono::seconds idle{30};  // less than what servers usually allow
    };
    explicit ConnectionPool(Bounds bounds) : bounds_(bounds) {}

    // One that is still open, the last used first; null if there is none. `key`: everything that
    // two requests must agree in to share a connection. Never waits.
    std::unique_ptr<Stream> take(const std::string& key);
    void give_back(const std::string& key, std::unique_ptr<Stream> stream);

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Idle {
        std::unique_ptr<Stream> stream;
        Time since;
    };
    // Moves what is too old into `closing`: connections are closed outside of the lock.
    void remove_old(Time now, std::vector<Idle>& closing);

    const Bounds bounds_;
    std::mutex mutex_;
    std::map<std::string, std::vector<Idle>> idle_;
    std::size_t count_ = 0;
};

}  // namespace mcp_auth::host
