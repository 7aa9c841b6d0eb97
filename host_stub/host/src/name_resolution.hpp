// Turning a host name into addresses, within a deadline.
#pragma once

#include "io_limit.hpp"

#include <mcp_auth/result.hpp>

#include <Poco/Net/SocketAddress.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::host {

// Asks for a name's addresses, without their port: 0, or an EAI_ code. Blocks.
using NameLookUp =
    std::function<int(const std::string& host, std::vector<Poco::Net::SocketAddress>& found)>;
int system_look_up(const std::string& host, std::vector<Poco::Net::SocketAddress>& found);

class NameResolver {
public:
    explicit NameResolver(NameLookUp look_up = system_look_up);

    // Address literals (in any spelling) and loopback names are answered at once. Everything else
    // goes to `look_up`, the system's resolver, on a thread that is left behind if it takes too
    // long. Errors: unavailable (no such name, no resolver, too many look-ups at once), and
    // IoLimit's.
    Result<std::vector<Poco::Net::SocketAddress>> resolve(const std::string& host,
                                                          std::uint16_t port, IoLimit& limit);

private:
    struct LookUp;
    struct Running;
    NameLookUp look_up_;
    std::shared_ptr<Running> running_;
};

}  // namespace mcp_auth::host
