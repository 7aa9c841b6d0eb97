// A proxy on loopback that tunnels (RFC 9110 9.3.6). It knows one name, as a company's proxy knows
// names that the machines behind it cannot look up: whatever it is, it means this machine.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::integration {

class ForwardProxy {
public:
    // What it answers to CONNECT; with anything but a 2xx there is no tunnel.
    explicit ForwardProxy(std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n");
    ~ForwardProxy();  // closes every tunnel and joins every thread
    ForwardProxy(const ForwardProxy&) = delete;
    ForwardProxy& operator=(const ForwardProxy&) = delete;

    std::string url() const;  // "http://127.0.0.1:port"
    // The head of each request that arrived.
    std::vector<std::string> requests() const;

private:
    void accept_all();
    void serve(int client);

    const std::string answer_;
    int listener_ = -1;
    int stop_ = -1;  // an eventfd
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::vector<std::thread> tunnels_;
    std::thread acceptor_;
};

}  // namespace mcp_auth::integration
