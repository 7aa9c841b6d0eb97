// A browser reduced to its socket: says exactly what a test gives it to a port of 127.0.0.1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mcp_auth::host::testing {

class LoopbackClient {
public:
    explicit LoopbackClient(std::uint16_t port);
    ~LoopbackClient();
    LoopbackClient(const LoopbackClient&) = delete;
    LoopbackClient& operator=(const LoopbackClient&) = delete;

    bool connected() const { return connected_; }
    void write(std::string_view bytes) const;
    std::string read_to_end() const;

private:
    int fd_;
    bool connected_;
};

// GET `target` from a listener, with the Host that belongs there; the whole answer. Empty: nothing
// listens.
std::string get(std::uint16_t port, const std::string& target);
// The same for a whole URL, "http://127.0.0.1:port/path?query".
std::string get(const std::string& url);

}  // namespace mcp_auth::host::testing
