#include "wire_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace mcp_auth::host::testing {
namespace {

// A thread of this server writes to clients that are gone; the client under test must not.
void block_sigpipe() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> server_context(const WireTls& tls) {
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()),
                                                         SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);  // so that it can offer what we refuse
    SSL_CTX_use_certificate(context.get(), tls.identity.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), tls.identity.key.get());
    for (const auto& one : tls.chain) SSL_CTX_add1_chain_cert(context.get(), one.get());
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    if (tls.max_version != 0) SSL_CTX_set_max_proto_version(context.get(), tls.max_version);
    if (tls.client_authority) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), tls.client_authority.get());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           nullptr);
    }
    if (tls.configure) tls.configure(context.get());
    return context;
}

// Head and body; more than any that is there while its head is not whole.
std::size_t size_of_request(const std::string& bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return std::string::npos;
    const auto field = bytes.find("Content-Length: ");
    const auto length = field < end ? std::strtoul(bytes.c_str() + field + 16, nullptr, 10) : 0;
    return end + 4 + length;
}

}  // namespace

WireServer::WireServer(Talk talk, std::shared_ptr<WireTls> tls, const std::string& address_text,
                       std::uint16_t port)
    : talk_(std::move(talk)), tls_(std::move(tls)), context_(nullptr, SSL_CTX_free) {
    if (tls_) context_ = server_context(*tls_);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    stop_ = eventfd(0, EFD_CLOEXEC);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, address_text.c_str(), &address.sin_addr);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("the test server cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

WireServer::~WireServer() {
    const std::uint64_t one = 1;
    if (::write(stop_, &one, sizeof one) != sizeof one) std::abort();
    acceptor_.join();
    for (std::thread& connection : connections_) connection.join();
    close(listener_);
    close(stop_);
}

std::string WireServer::url(const std::string& path, const std::string& host) const {
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
}

std::vector<std::string> WireServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void WireServer::accept_all() {
    for (;;) {
        pollfd watched[] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
        poll(watched, 2, -1);
        if (watched[1].revents != 0) return;
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        const int number = ++accepts_;
        connections_.emplace_back([this, fd, number] { serve(fd, number); });
    }
}

void WireServer::serve(int fd, int number) {
    block_sigpipe();
    const int at_once = 1;  // a test that writes byte by byte waits for no acknowledgement
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    std::unique_ptr<SSL, void (*)(SSL*)> session(nullptr, SSL_free);
    bool ready = true;
    if (tls_ && tls_->behind_connect) {
        WirePeer proxy(*this, fd, nullptr, number);
        proxy.read_request();
        proxy.write("HTTP/1.1 200 Connection established\r\n\r\n");
    }
    if (tls_) {
        session.reset(SSL_new(context_.get()));
        SSL_set_fd(session.get(), fd);
        ready = SSL_accept(session.get()) == 1;
    }
    WirePeer peer(*this, fd, session.get(), number);
    if (ready) talk_(peer);
    if (ready && session && !peer.cut_) SSL_shutdown(session.get());
    ERR_clear_error();
    close(fd);
    const std::lock_guard lock(mutex_);
    closed_.insert(number);
    closing_.notify_all();
}

void WireServer::wait_closed(int number) const {
    std::unique_lock lock(mutex_);
    closing_.wait(lock, [&] { return closed_.count(number) != 0; });
}

long WirePeer::read_some(char* into, std::size_t size) {
    if (session_ == nullptr || SSL_pending(session_) == 0) {
        pollfd watched[] = {{fd_, POLLIN, 0}, {server_.stop_, POLLIN, 0}};
        poll(watched, 2, -1);
        if (watched[1].revents != 0) return 0;
    }
    const long got = session_ != nullptr ? SSL_read(session_, into, static_cast<int>(size))
                                         : recv(fd_, into, size, 0);
    const bool of_a_tunnel = server_.tls_ && session_ == nullptr;
    if (got > 0 && !of_a_tunnel) server_.application_bytes_ += static_cast<std::size_t>(got);
    return got;
}

std::string WirePeer::read_request() {
    std::size_t whole = 0;
    while ((whole = size_of_request(buffer_)) > buffer_.size()) {
        char bytes[4096];
        const long got = read_some(bytes, sizeof bytes);
        if (got <= 0) return {};
        buffer_.append(bytes, static_cast<std::size_t>(got));
    }
    std::string request = buffer_.substr(0, whole);
    buffer_.erase(0, whole);
    const std::lock_guard lock(server_.mutex_);
    server_.requests_.push_back(request);
    return request;
}

std::string WirePeer::peek_request() {
    std::string seen(64 * 1024, '\0');
    for (;;) {
        pollfd watched[] = {{fd_, POLLIN | POLLRDHUP, 0}, {server_.stop_, POLLIN, 0}};
        poll(watched, 2, -1);
        if (watched[1].revents != 0) return {};
        const long got = recv(fd_, seen.data(), seen.size(), MSG_PEEK);
        if (got <= 0) return {};
        const std::string request = seen.substr(0, static_cast<std::size_t>(got));
        if (size_of_request(request) <= request.size()) return request;
        if ((watched[0].revents & ~POLLIN) != 0) return {};  // and no more will come
    }
}

bool WirePeer::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const long sent = session_ != nullptr
                              ? SSL_write(session_, bytes.data(), static_cast<int>(bytes.size()))
                              : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void WirePeer::write_below_tls(std::string_view bytes) {
    (void)send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

bool WirePeer::still_open_after(std::chrono::milliseconds time) {
    pollfd watched[] = {{fd_, POLLIN | POLLRDHUP, 0}, {server_.stop_, POLLIN, 0}};
    return poll(watched, 2, static_cast<int>(time.count())) == 0;
}

void WirePeer::wait_closed() {
    char bytes[4096];
    while (read_some(bytes, sizeof bytes) > 0) {
    }
}

void WirePeer::shut() {
    if (session_ != nullptr) SSL_shutdown(session_);
    shutdown(fd_, SHUT_WR);
    cut_ = true;
}

void WirePeer::reset() {
    const linger hard{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    cut_ = true;
}

void WirePeer::cut() {
    cut_ = true;
}

std::string WirePeer::client_name() const {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(session_),
                                                             X509_free);
    if (!certificate) return {};
    char name[128] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name,
                              sizeof name);
    return name;
}

}  // namespace mcp_auth::host::testing
