// Who holds which key in this process, and who waits for it.
#pragma once

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace mcp_auth::host {

class LeaseTable : public std::enable_shared_from_this<LeaseTable> {
public:
    // Waits until nobody else holds `key`; released when the handle is dropped, which may outlive
    // the table. Errors, leg "store": cancelled, deadline.
    Result<std::shared_ptr<void>> lease(std::string_view key, Clock& clock, const Bounds& bounds);

private:
    // In the map as long as anybody holds the key or wants it.
    struct Entry {
        std::condition_variable released;
        bool held = false;
        std::size_t interested = 0;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;
    class Lease;

    std::mutex mutex_;
    Entries entries_;  // guarded; a node stays where it is, so pointers to one are good
};

}  // namespace mcp_auth::host
