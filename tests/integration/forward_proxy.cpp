#include "forward_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace mcp_auth::integration {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// False when `stop` was raised first.
bool readable(int fd, int stop) {
    std::array<pollfd, 2> polled{{{fd, POLLIN, 0}, {stop, POLLIN, 0}}};
    return poll(polled.data(), polled.size(), -1) > 0 && polled[1].revents == 0;
}

bool send_all(int fd, const char* bytes, ssize_t size) {
    while (size > 0) {
        const ssize_t sent = send(fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= sent;
    }
    return true;
}

std::string read_head(int fd, int stop) {
    std::string head;
    char byte = 0;
    while (head.find("\r\n\r\n") == std::string::npos && readable(fd, stop) &&
           recv(fd, &byte, 1, 0) == 1)
        head += byte;
    return head;
}

// "CONNECT host:port HTTP/1.1"
int connect_to_port_of(const std::string& head) {
    const auto colon = head.find(':');
    if (head.rfind("CONNECT ", 0) != 0 || colon == std::string::npos) return -1;
    const auto address =
        loopback(static_cast<std::uint16_t>(std::strtoul(&head[colon + 1], nullptr, 10)));
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return server;
    close(server);
    return -1;
}

void copy_both_ways(int client, int server, int stop) {
    std::array<pollfd, 3> polled{{{client, POLLIN, 0}, {server, POLLIN, 0}, {stop, POLLIN, 0}}};
    std::array<char, 16384> bytes{};
    while (poll(polled.data(), polled.size(), -1) > 0 && polled[2].revents == 0) {
        for (const auto& [from, to] : {std::pair{0, server}, std::pair{1, client}}) {
            const auto& one = polled.at(static_cast<std::size_t>(from));
            if (one.revents == 0) continue;
            const ssize_t got = recv(one.fd, bytes.data(), bytes.size(), 0);
            if (got <= 0 || !send_all(to, bytes.data(), got)) return;
        }
    }
}

}  // namespace

ForwardProxy::ForwardProxy(std::string answer)
    : answer_(std::move(answer)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, name, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, name, &size) != 0)
        throw std::runtime_error("no proxy");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

ForwardProxy::~ForwardProxy() {
    eventfd_write(stop_, 1);
    acceptor_.join();
    for (auto& tunnel : tunnels_) tunnel.join();
    close(listener_);
    close(stop_);
}

std::string ForwardProxy::url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<std::string> ForwardProxy::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void ForwardProxy::accept_all() {
    while (readable(listener_, stop_)) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client >= 0) tunnels_.emplace_back([this, client] { serve(client); });
    }
}

void ForwardProxy::serve(int client) {
    const std::string head = read_head(client, stop_);
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(head);
    }
    const bool tunnel = answer_.rfind("HTTP/1.1 2", 0) == 0;
    const int server = tunnel ? connect_to_port_of(head) : -1;
    if (!tunnel || server >= 0) {
        const bool told = send_all(client, answer_.data(), static_cast<ssize_t>(answer_.size()));
        if (told && server >= 0) copy_both_ways(client, server, stop_);
    }
    if (server >= 0) close(server);
    close(client);
}

}  // namespace mcp_auth::integration
