#include "listener.hpp"

#include "wire_fault.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponseImpl.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketImpl.h>
#include <Poco/Net/X509Certificate.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

namespace mcp_auth::demo {
namespace {

using Poco::Net::HTTPServerRequestImpl;
using Poco::Net::HTTPServerResponseImpl;

constexpr int forever = -1;
constexpr int idle_milliseconds = 60'000;
constexpr int request_seconds = 5;  // a peer that stops in the middle of a request
constexpr int backlog = 128;
constexpr std::size_t max_body = 1024UL * 1024;

Poco::Net::ServerSocket listening(std::uint16_t port, const Poco::Net::Context::Ptr& context) {
    // Never more than loopback: the enterprise's users have no passwords.
    const Poco::Net::SocketAddress address("127.0.0.1", port);
    Poco::Net::ServerSocket socket;
    if (context) socket = Poco::Net::SecureServerSocket(context);
    // Poco would share the port too: with whoever has it, half of the connections each.
    constexpr bool reuse_address = true;
    constexpr bool share_port = false;
    socket.bind(address, reuse_address, share_port);
    socket.listen(backlog);
    return socket;
}

// Writing to a peer that has gone must be an error here, not the end of the process.
void block_sigpipe() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

class Session : public Poco::Net::HTTPServerSession {
public:
    using HTTPServerSession::HTTPServerSession;
    using HTTPSession::buffered;
};

RecordedRequest read(Server server, HTTPServerRequestImpl& from) {
    RecordedRequest request{server, from.getMethod(), from.getURI(), {}, {}, {}};
    for (const auto& [name, value] : from) request.headers.emplace_back(name, value);
    // Without either there is no body (RFC 9112 6.3), where Poco would read until the peer hangs
    // up.
    if (!from.hasContentLength() && !from.getChunkedTransferEncoding()) return request;
    std::array<char, 4096> piece{};
    std::istream& body = from.stream();
    while (body.good() && request.body.size() <= max_body) {
        body.read(piece.data(), piece.size());
        request.body.append(piece.data(), static_cast<std::size_t>(body.gcount()));
    }
    if (request.body.size() > max_body) throw Poco::DataFormatException("request too large");
    return request;
}

}  // namespace

StopSignal::StopSignal() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no descriptor left");
}

StopSignal::~StopSignal() {
    ::close(descriptor_);
}

void StopSignal::raise() noexcept {
    raised_ = true;
    const std::uint64_t one = 1;
    // Cannot fail: the counter is far from its end. It is never read, so it stays readable.
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

bool StopSignal::wait(int milliseconds) const noexcept {
    pollfd signal{descriptor_, POLLIN, 0};
    ::poll(&signal, 1, milliseconds);
    return raised_;
}

bool StopSignal::readable(int descriptor, int milliseconds) const noexcept {
    std::array<pollfd, 2> both{{{descriptor, POLLIN, 0}, {descriptor_, POLLIN, 0}}};
    const int ready = ::poll(both.data(), both.size(), milliseconds);
    return ready > 0 && !raised_ && both[0].revents != 0;
}

Listener::Listener(Server server, std::uint16_t port, Poco::Net::Context::Ptr context)
    : server_(server), context_(std::move(context)), socket_(listening(port, context_)) {}

Listener::~Listener() {
    stop();
}

std::uint16_t Listener::port() const {
    return socket_.address().port();
}

void Listener::serve(Respond respond) {
    respond_ = std::move(respond);
    acceptor_ = std::thread([this] { accept(); });
}

void Listener::stop() {
    stop_.raise();
    if (acceptor_.joinable()) acceptor_.join();
    reap(true);
    socket_.close();  // else the kernel would go on to accept for nobody
}

void Listener::reap(bool all) {
    for (auto connection = connections_.begin(); connection != connections_.end();) {
        if (all || connection->done) {
            connection->thread.join();
            connection = connections_.erase(connection);
        } else {
            ++connection;
        }
    }
}

void Listener::accept() {
    block_sigpipe();
    while (!stop_.raised()) {
        if (!stop_.readable(socket_.impl()->sockfd(), forever)) continue;
        try {
            auto peer = std::make_unique<Poco::Net::StreamSocket>(socket_.acceptConnection());
            reap(false);
            Connection& connection = connections_.emplace_back();
            // Its own alone: two would share Poco's count of references.
            connection.thread = std::thread([this, &connection, peer = std::move(peer)] {
                block_sigpipe();
                converse(*peer);
                connection.done = true;
            });
        } catch (const std::exception&) {
            // The peer was gone before it was accepted, or there are no descriptors or threads:
            // this connection is lost, the server goes on.
            if (!connections_.empty() && !connections_.back().thread.joinable())
                connections_.pop_back();
        }
    }
}

void Listener::converse(Poco::Net::StreamSocket socket) {
    try {
        const int descriptor = socket.impl()->sockfd();
        if (!stop_.readable(descriptor, idle_milliseconds)) return;
        socket.setReceiveTimeout(Poco::Timespan(request_seconds, 0));
        socket.setSendTimeout(Poco::Timespan(request_seconds, 0));
        socket.setNoDelay(true);
        // By itself, so that a peer that connects early and asks late is waited for below, where
        // a stop is noticed.
        std::string client_certificate;
        if (context_) {
            Poco::Net::SecureStreamSocket secure(socket);
            secure.completeHandshake();
            if (secure.havePeerCertificate())
                client_certificate = secure.peerCertificate().commonName();
        }
        Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
        params->setTimeout(Poco::Timespan(request_seconds, 0));
        Session session(socket, params);
        bool again = true;
        while (again && !stop_.raised()) {
            // What TLS or HTTP has read ahead does not show on the descriptor.
            if (session.buffered() == 0 &&
                !socket.poll(Poco::Timespan(0), Poco::Net::Socket::SELECT_READ) &&
                !stop_.readable(descriptor, idle_milliseconds))
                return;
            if (!session.hasMoreRequests()) return;
            HTTPServerResponseImpl response(session);
            HTTPServerRequestImpl request(response, session, params.get());
            response.setVersion(request.getVersion());
            response.setDate(Poco::Timestamp());
            response.setKeepAlive(request.getKeepAlive());
            if (request.getExpectContinue()) response.sendContinue();
            RecordedRequest received = read(server_, request);
            received.client_certificate = client_certificate;
            const auto answer = respond_(received);
            if (const auto* own = std::get_if<Answer>(&answer)) {
                send(*own, response);
                again = response.getKeepAlive();
            } else {
                again = send(std::get<ScriptedAnswer>(answer), response, socket, stop_);
            }
            session.setKeepAlive(again);
        }
    } catch (const std::exception&) {
        // The peer went away or does not speak HTTP or TLS: this conversation is over.
    }
}

}  // namespace mcp_auth::demo
