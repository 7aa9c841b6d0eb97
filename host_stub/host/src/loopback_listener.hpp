// The HTTP listener that a browser is redirected to (RFC 8252 7.3): 127.0.0.1, one path, one
// thread, a few small requests.
#pragma once

#include "io_limit.hpp"
#include "redirect_uri.hpp"
#include "trusted_file.hpp"

#include <mcp_auth/result.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace mcp_auth::host {

class LoopbackListener {
public:
    struct Reply {
        std::string response;             // whole, head included
        std::function<void()> when_sent;  // or when the browser went away before; may be empty
    };
    // Asked on the listener's thread for each redirect to the path. Must not throw or block.
    using Judge = std::function<Reply(std::string_view query)>;

    // Errors, leg "browser": unavailable (the port is taken, or no socket is to be had).
    static Result<std::unique_ptr<LoopbackListener>> listen(RedirectUri address, Judge judge);
    ~LoopbackListener();  // stops, joins
    LoopbackListener(const LoopbackListener&) = delete;
    LoopbackListener& operator=(const LoopbackListener&) = delete;

    const RedirectUri& address() const noexcept { return address_; }  // with its port
    // Stops by itself after this time.
    void stop_after(std::chrono::milliseconds time);
    bool stopped() const noexcept;

private:
    LoopbackListener(RedirectUri address, FileDescriptor socket, Judge judge);
    class Service;

    const RedirectUri address_;
    const std::unique_ptr<Service> service_;
    std::thread thread_;
};

}  // namespace mcp_auth::host
