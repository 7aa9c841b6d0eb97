#include "loopback_listener.hpp"

#include "landing_page.hpp"
#include "loopback_request.hpp"

#include <mcp_auth/secret.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <list>
#include <system_error>
#include <utility>
#include <vector>

namespace mcp_auth::host {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t most_conversations = 16;
constexpr std::size_t most_head_bytes = 16 * 1024;
// Browsers open connections that they may never use; they disturb nobody, but not for ever.
constexpr std::chrono::seconds conversation_limit{15};
constexpr std::chrono::seconds goodbye_limit{2};
constexpr std::chrono::milliseconds longest_poll{60'000};

Error cannot_listen(const RedirectUri& address, int error) {
    if (error == EADDRINUSE)
        return {Status::unavailable, "browser",
                "port " + std::to_string(address.port) +
                    " of 127.0.0.1, where the answer of the sign-in must arrive, is taken by "
                    "another program: end it, or register a redirect URI with another port"};
    return {Status::unavailable, "browser",
            "cannot listen on 127.0.0.1: " + std::generic_category().message(error)};
}

// One browser connection: reads a head, writes an answer, waits for the other side to close.
struct Conversation {
    FileDescriptor socket;
    Steady::time_point until;
    std::string in, out;
    std::function<void()> when_sent;
    std::size_t sent = 0;
    bool over = false;

    ~Conversation() { wipe(in); }  // a code is in it, of a head that never ended too (L5)

    bool answering() const noexcept { return sent < out.size(); }
    bool answered() const noexcept { return !out.empty() && sent == out.size(); }

    void finish() {
        if (auto action = std::exchange(when_sent, nullptr)) action();
    }
    void read_some(const LoopbackListener::Judge& judge, const RedirectUri& address) {
        std::array<char, 4096> piece{};
        const auto got = recv(socket.get(), piece.data(), piece.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) {
            over = true;
            return;
        }
        const bool draining = answered();  // so that closing resets nothing
        if (!draining) append_wiping(in, {piece.data(), static_cast<std::size_t>(got)});
        wipe(piece.data(), piece.size());
        if (draining) return;
        const auto end = in.find("\r\n\r\n");
        if (end != std::string::npos)
            answer(std::string_view(in).substr(0, end), judge, address);
        else if (in.size() > most_head_bytes)
            refuse_size();
    }
    void refuse_size() {
        out = plain_response(431, "The request is too large.\n");
        wipe(in);
    }
    void answer(std::string_view head, const LoopbackListener::Judge& judge,
                const RedirectUri& address) {
        auto request = read_loopback_request(head, address);
        out = std::move(request.refusal);
        if (out.empty()) {
            auto reply = judge(request.query);
            out = std::move(reply.response);
            when_sent = std::move(reply.when_sent);
        }
        wipe(request.query);
        wipe(in);
    }
    void write_some() {
        const auto put = send(socket.get(), out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
        if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (put < 0) {
            over = true;
            return;
        }
        sent += static_cast<std::size_t>(put);
        if (answering()) return;
        shutdown(socket.get(), SHUT_WR);
        until = std::min(until, Steady::now() + goodbye_limit);
        finish();
    }
};

}  // namespace

class LoopbackListener::Service {
public:
    Service(FileDescriptor socket, Judge judge)
        : socket_(std::move(socket)), judge_(std::move(judge)) {}

    void run(const RedirectUri& address) {
        while (!stop_ && Steady::now() < ends()) turn(address);
        for (auto& conversation : conversations_) conversation.finish();
        conversations_.clear();
        const std::lock_guard lock(mutex_);
        socket_ = FileDescriptor();
        stopped_ = true;
    }
    bool can_be_stopped() const noexcept { return wake_.fd() >= 0 && nudge_.fd() >= 0; }
    void stop() {
        stop_ = true;
        wake_.raise();
    }
    void stop_after(std::chrono::milliseconds time) {
        {
            const std::lock_guard lock(mutex_);
            ends_ = Steady::now() + time;
        }
        nudge_.raise();
    }
    bool stopped() const noexcept { return stopped_; }

private:
    Steady::time_point ends() const {
        const std::lock_guard lock(mutex_);
        return ends_;
    }
    int poll_time() const {
        auto until = std::min(ends(), Steady::now() + longest_poll);
        for (const auto& conversation : conversations_) until = std::min(until, conversation.until);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now());
        return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
    }
    void turn(const RedirectUri& address) {
        std::vector<pollfd> watched{{wake_.fd(), POLLIN, 0},
                                    {nudged_ ? -1 : nudge_.fd(), POLLIN, 0},
                                    {socket_.get(), POLLIN, 0}};
        const auto fixed = watched.size();
        for (const auto& conversation : conversations_)
            watched.push_back({conversation.socket.get(),
                               static_cast<short>(conversation.answering() ? POLLOUT : POLLIN), 0});
        if (poll(watched.data(), watched.size(), poll_time()) < 0) return;
        nudged_ = nudged_ || watched[1].revents != 0;
        auto at = fixed;
        for (auto& conversation : conversations_) {
            if (watched[at++].revents != 0) serve(conversation, address);
            if (Steady::now() >= conversation.until) conversation.over = true;
            if (conversation.over) conversation.finish();
        }
        conversations_.remove_if([](const Conversation& c) { return c.over; });
        if (watched[2].revents != 0) accept_one();
    }
    void serve(Conversation& conversation, const RedirectUri& address) {
        if (!conversation.answering()) conversation.read_some(judge_, address);
        if (conversation.answering()) conversation.write_some();
    }
    void accept_one() {
        FileDescriptor socket(
            accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket) {
            // Without a descriptor left, the listening socket stays readable: not spun at.
            if (errno == EMFILE || errno == ENFILE) poll(nullptr, 0, 50);
            return;
        }
        if (conversations_.size() == most_conversations) {
            conversations_.front().finish();
            conversations_.pop_front();  // the oldest had its time
        }
        auto& conversation = conversations_.emplace_back();
        conversation.socket = std::move(socket);
        conversation.until = Steady::now() + conversation_limit;
    }

    FileDescriptor socket_;
    const Judge judge_;
    WakeSignal wake_, nudge_;
    std::list<Conversation> conversations_;
    bool nudged_ = false;
    std::atomic<bool> stop_{false}, stopped_{false};
    mutable std::mutex mutex_;
    Steady::time_point ends_ = Steady::time_point::max();
};

Result<std::unique_ptr<LoopbackListener>> LoopbackListener::listen(RedirectUri address,
                                                                   Judge judge) {
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return cannot_listen(address, errno);
    const int on = 1;  // a port that was ours a moment ago; never one that another listens on
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(address.port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
        ::listen(socket.get(), most_conversations) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0)
        return cannot_listen(address, errno);
    address.port = ntohs(at.sin_port);
    std::unique_ptr<LoopbackListener> listener(
        new LoopbackListener(std::move(address), std::move(socket), std::move(judge)));
    if (!listener->service_->can_be_stopped()) return cannot_listen(listener->address_, EMFILE);
    try {
        listener->thread_ = std::thread(
            [listener = listener.get()] { listener->service_->run(listener->address_); });
    } catch (const std::system_error&) {
        return Error(Status::unavailable, "browser", "this process can start no more threads");
    }
    return listener;
}

LoopbackListener::LoopbackListener(RedirectUri address, FileDescriptor socket, Judge judge)
    : address_(std::move(address)),
      service_(std::make_unique<Service>(std::move(socket), std::move(judge))) {}

LoopbackListener::~LoopbackListener() {
    service_->stop();
    if (thread_.joinable()) thread_.join();
}

void LoopbackListener::stop_after(std::chrono::milliseconds time) {
    service_->stop_after(time);
}

bool LoopbackListener::stopped() const noexcept {
    return service_->stopped();
}

}  // namespace mcp_auth::host
