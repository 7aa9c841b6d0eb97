#include "loopback_client.hpp"

#include "url.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace mcp_auth::host::testing {

LoopbackClient::LoopbackClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
}

LoopbackClient::~LoopbackClient() {
    close(fd_);
}

void LoopbackClient::write(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string LoopbackClient::read_to_end() const {
    std::string text;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = recv(fd_, piece.data(), piece.size(), 0)) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(got));
    return text;
}

std::string get(std::uint16_t port, const std::string& target) {
    const LoopbackClient client(port);
    if (!client.connected()) return {};
    client.write("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                 "\r\nAccept: text/html\r\n\r\n");
    return client.read_to_end();
}

std::string get(const std::string& url) {
    const auto parsed = Url::parse(url);
    return parsed ? get(parsed->port(), parsed->target()) : std::string();
}

}  // namespace mcp_auth::host::testing
