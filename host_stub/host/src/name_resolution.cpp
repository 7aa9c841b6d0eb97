#include "name_resolution.hpp"

#include "address_policy.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace mcp_auth::host {
namespace {

using Poco::Net::SocketAddress;
using Addresses = std::vector<SocketAddress>;

constexpr int most_look_ups = 32;

SocketAddress socket_address(const AddressBytes& address, std::uint16_t port) {
    constexpr unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(std::begin(mapped), std::end(mapped), address.begin())) {
        sockaddr_in ipv4{};
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(port);
        std::memcpy(&ipv4.sin_addr, address.data() + 12, 4);
        return {reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4};
    }
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    std::memcpy(&ipv6.sin6_addr, address.data(), address.size());
    return {reinterpret_cast<const sockaddr*>(&ipv6), sizeof ipv6};
}

Error unavailable(std::string message) {
    return {Status::unavailable, "", std::move(message)};
}

}  // namespace

struct NameResolver::Running {
    std::atomic<int> count{0};
};

// Shared by who asks and the thread that looks up, which may outlive the asking.
struct NameResolver::LookUp {
    const NameLookUp ask;
    const std::string host;
    const std::shared_ptr<Running> running;
    WakeSignal finished;
    std::mutex mutex;
    int fault = 0;  // of getaddrinfo
    Addresses addresses;

    // Counted once all of it is there: what memory ran out for is not counted off either.
    LookUp(const NameLookUp& how, const std::string& name, std::shared_ptr<Running> all)
        : ask(how), host(name), running(std::move(all)) {
        ++running->count;
    }
    LookUp(const LookUp&) = delete;
    LookUp& operator=(const LookUp&) = delete;
    ~LookUp() { --running->count; }

    void run() {
        int result = EAI_MEMORY;
        Addresses found;
        try {
            result = ask(host, found);
        } catch (const std::exception&) {
            result = EAI_MEMORY;
        }
        const std::lock_guard lock(mutex);
        fault = result;
        addresses = std::move(found);
        finished.raise();
    }
};

int system_look_up(const std::string& host, std::vector<SocketAddress>& found) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int fault = getaddrinfo(host.c_str(), nullptr, &hints, &list);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, freeaddrinfo);
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next)
        found.emplace_back(one->ai_addr, one->ai_addrlen);
    return fault;
}

NameResolver::NameResolver(NameLookUp look_up)
    : look_up_(std::move(look_up)), running_(std::make_shared<Running>()) {}

Result<Addresses> NameResolver::resolve(const std::string& host, std::uint16_t port,
                                        IoLimit& limit) {
    if (const auto literal = address_literal(host))
        return Addresses{socket_address(*literal, port)};
    if (is_loopback_host(host)) {
        // RFC 6761 6.3: such names never reach a name server, which could answer with any address.
        AddressBytes ipv6{};
        ipv6[15] = 1;
        return Addresses{socket_address(*address_literal("127.0.0.1"), port),
                         socket_address(ipv6, port)};
    }
    const auto look_up = std::make_shared<LookUp>(look_up_, host, running_);
    if (running_->count > most_look_ups)
        return unavailable("the name of " + limit.peer() +
                           " was not looked up: too many look-ups are waiting already");
    if (look_up->finished.fd() < 0) return unavailable("this process has no file descriptors left");
    try {
        std::thread([look_up] { look_up->run(); }).detach();
    } catch (const std::system_error&) {
        return unavailable("the name of " + limit.peer() + " was not looked up: no thread left");
    }
    if (auto ready = limit.wait(look_up->finished.fd(), POLLIN); !ready)
        return std::move(ready).error();
    const std::lock_guard lock(look_up->mutex);
    if (look_up->fault != 0 || look_up->addresses.empty())
        return unavailable("the name of " + limit.peer() + " was not resolved: " +
                           gai_strerror(look_up->fault != 0 ? look_up->fault : EAI_NONAME));
    Addresses addresses;
    for (const SocketAddress& found : look_up->addresses)
        addresses.emplace_back(found.host(), port);
    return addresses;
}

}  // namespace mcp_auth::host
