// One HTTPS server on loopback: accepts, reads requests, and answers them by a function.
//
// Built from Poco's secure server socket and HTTP server session, but not on its HTTPServer: that
// one notices a stop up to a quarter of a second late, and closes idle connections by shutting
// their TLS session down from another thread, which OpenSSL does not allow. Here every wait also
// waits for the stop, so a connection is only ever touched by its own thread.
#pragma once

#include "http.hpp"

#include <mcp_auth/demo/wire.hpp>

#include <Poco/Net/Context.h>
#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

namespace mcp_auth::demo {

// Raised once, waited for by many.
class StopSignal {
public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    void raise() noexcept;
    bool raised() const noexcept { return raised_; }
    // Waits until it is raised or `milliseconds` have passed; true if raised.
    bool wait(int milliseconds) const noexcept;
    // Waits until the descriptor can be read; false if raised first, or nothing came in time.
    bool readable(int descriptor, int milliseconds) const noexcept;

private:
    int descriptor_ = -1;
    std::atomic<bool> raised_{false};
};

class Listener {
public:
    using Respond = std::function<std::variant<Answer, ScriptedAnswer>(const RecordedRequest&)>;

    // Listens at once on 127.0.0.1 (connections wait in the kernel until serve). A null context:
    // plain HTTP. Throws Poco::Exception when the port is taken.
    Listener(Server server, std::uint16_t port, Poco::Net::Context::Ptr context);
    ~Listener();  // stops
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    std::uint16_t port() const;
    void serve(Respond respond);
    // Ends every connection, joins every thread. Idempotent.
    void stop();

private:
    struct Connection {
        std::thread thread;
        std::atomic<bool> done{false};
    };
    void accept();
    void reap(bool all);
    void converse(Poco::Net::StreamSocket socket);

    const Server server_;
    Poco::Net::Context::Ptr context_;
    Poco::Net::ServerSocket socket_;
    Respond respond_;
    StopSignal stop_;
    std::thread acceptor_;
    std::list<Connection> connections_;  // the acceptor's alone, then stop's
};

}  // namespace mcp_auth::demo
