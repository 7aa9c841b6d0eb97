#include "wire.hpp"

#include "enterprise.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <map>
#include <new>
#include <stdexcept>
#include <string_view>

namespace mcp_auth::load {
namespace {

struct Peer {
    std::string in, out;
    bool closing = false;  // once `out` is sent
    bool silent = false;   // it is answered no more
};

std::string_view header(std::string_view head, std::string_view name) {
    const auto at = head.find(name);  // the host writes them as the standards do
    if (at == std::string_view::npos) return {};
    const auto value = head.substr(at + name.size());
    return value.substr(0, value.find("\r\n"));
}

// One thread; nothing here waits for anything but the next event.
class Server {
public:
    Server(int listener, int alive, Enterprise enterprise)
        : listener_(listener), alive_(alive), enterprise_(std::move(enterprise)) {
        watch(listener_, EPOLL_CTL_ADD, EPOLLIN);
        watch(alive_, EPOLL_CTL_ADD, EPOLLIN);
    }
    void run() {
        std::array<epoll_event, 64> events{};
        for (;;) {
            const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < count; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (fd == alive_) return;
                if (fd == listener_)
                    accept_all();
                else
                    serve(fd);
            }
        }
    }

private:
    void watch(int fd, int how, std::uint32_t events) const {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        epoll_ctl(epoll_, how, fd, &event);
    }
    void accept_all() {
        for (;;) {
            const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (fd < 0) return;
            const int one = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            peers_[fd];
            watch(fd, EPOLL_CTL_ADD, EPOLLIN);
        }
    }
    void drop(int fd, bool reset = false) {
        if (reset) {
            const linger hard{1, 0};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        close(fd);
        peers_.erase(fd);
    }
    void serve(int fd) {
        auto& peer = peers_[fd];
        std::array<char, 16384> bytes{};
        for (;;) {
            const auto got = recv(fd, bytes.data(), bytes.size(), 0);
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
            if (got <= 0) return drop(fd);
            if (!peer.silent) peer.in.append(bytes.data(), static_cast<std::size_t>(got));
        }
        while (!peer.silent && !peer.closing)
            if (!answer_one(fd, peer)) break;
        if (peers_.contains(fd)) flush(fd, peer);
    }
    // False: there is no whole request, or no peer any more.
    bool answer_one(int fd, Peer& peer) {
        const auto end = peer.in.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const std::string_view head(peer.in.data(), end + 2);
        const auto stated = header(head, "\r\nContent-Length: ");
        std::size_t length = 0;
        std::from_chars(stated.data(), stated.data() + stated.size(), length);
        if (peer.in.size() < end + 4 + length) return false;
        Request request;
        const auto space = head.find(' ');
        request.method = head.substr(0, space);
        request.path = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
        request.authorization = header(head, "\r\nAuthorization: ");
        request.body = peer.in.substr(end + 4, length);
        peer.in.erase(0, end + 4 + length);
        const auto answer = enterprise_.answer(request);
        if (answer.end == Answer::End::reset) return drop(fd, true), false;
        peer.silent = answer.end == Answer::End::stall;
        peer.closing = answer.end == Answer::End::cut;
        peer.out += answer.bytes;
        return true;
    }
    void flush(int fd, Peer& peer) {
        while (!peer.out.empty()) {
            const auto sent = send(fd, peer.out.data(), peer.out.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EAGAIN) return watch(fd, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            if (sent < 0) return drop(fd);
            peer.out.erase(0, static_cast<std::size_t>(sent));
        }
        if (peer.closing) return drop(fd);
        watch(fd, EPOLL_CTL_MOD, EPOLLIN);
    }

    const int listener_, alive_;
    const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    Enterprise enterprise_;
    std::map<int, Peer> peers_;
};

int loopback_listener(sockaddr_in& address) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener, 1024) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("the enterprise cannot listen");
    return listener;
}

}  // namespace

EnterpriseProcess::EnterpriseProcess(unsigned seed) {
    void* shared =
        mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) throw std::runtime_error("no shared memory");
    ledger_ = new (shared) Ledger;
    sockaddr_in address{};
    const int listener = loopback_listener(address);
    base_ = fmt::format("http://127.0.0.1:{}", ntohs(address.sin_port));
    std::array<int, 2> pipe_ends{};
    if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    process_ = fork();
    if (process_ == 0) {
        close(pipe_ends[1]);
        Server(listener, pipe_ends[0], Enterprise(base_, seed, *ledger_)).run();
        _exit(0);
    }
    close(pipe_ends[0]);
    close(listener);
    alive_ = pipe_ends[1];
    if (process_ < 0) throw std::runtime_error("no process");
}

EnterpriseProcess::~EnterpriseProcess() {
    close(alive_);
    waitpid(process_, nullptr, 0);
    ledger_->~Ledger();
    munmap(ledger_, sizeof(Ledger));
}

}  // namespace mcp_auth::load
