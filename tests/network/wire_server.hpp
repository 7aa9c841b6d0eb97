// A server on loopback that says exactly the bytes a test gives it, over TCP or TLS.
//
//     WireServer server([](WirePeer& peer) {           // runs for each connection
//         peer.read_request();
//         peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
//     });                                              // and then closes it
//     client->send({.url = server.url("/")}, {});
#pragma once

#include "certificates.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace mcp_auth::host::testing {

class WireServer;

// One accepted connection, in the server's thread for it.
class WirePeer {
public:
    // Head and body (by Content-Length) of the next request; empty when the client has closed.
    std::string read_request();
    // The same, but it stays unread, and counts as none of requests(): whoever closes now has not
    // read it. Over TCP alone.
    std::string peek_request();
    bool write(std::string_view bytes);  // false: the client has closed
    void write_below_tls(std::string_view bytes);
    // False: the client closed within that time, or the server stops.
    bool still_open_after(std::chrono::milliseconds time);
    void wait_closed();  // reads until the client closes, or the server stops
    void shut();         // sends the end of the connection now
    void reset();        // close with RST
    void cut();          // close the TCP connection without TLS's close_notify
    // The common name of the certificate that the client showed; empty: none.
    std::string client_name() const;
    // Which of the server's connections this is, from 1.
    int number() const { return number_; }

private:
    friend class WireServer;
    WirePeer(WireServer& server, int fd, SSL* session, int number)
        : server_(server), fd_(fd), session_(session), number_(number) {}
    long read_some(char* into, std::size_t size);

    WireServer& server_;
    int fd_;
    SSL* session_;
    int number_;
    bool cut_ = false;
    std::string buffer_;
};

struct WireTls {
    Identity identity;
    std::vector<std::shared_ptr<X509>> chain;  // sent after the certificate
    std::shared_ptr<X509> client_authority;    // null: no client certificate is asked for
    int max_version = 0;                       // 0: the newest
    bool behind_connect = false;               // a proxy's tunnel comes first: answered with 200
    std::function<void(SSL_CTX*)> configure;   // more of it, at the end
};

class WireServer {
public:
    using Talk = std::function<void(WirePeer&)>;
    // On `address`; port 0 is the system's choice.
    explicit WireServer(Talk talk, std::shared_ptr<WireTls> tls = nullptr,
                        const std::string& address = "127.0.0.1", std::uint16_t port = 0);
    ~WireServer();
    WireServer(const WireServer&) = delete;
    WireServer& operator=(const WireServer&) = delete;

    std::uint16_t port() const { return port_; }
    // "http://127.0.0.1:port/path" or https://; `host` as it stands in the URL.
    std::string url(const std::string& path, const std::string& host = "127.0.0.1") const;
    int accepts() const { return accepts_; }
    // How many bytes of clients got to whoever serves them: with TLS, what came encrypted.
    std::size_t application_bytes() const { return application_bytes_; }
    std::vector<std::string> requests() const;
    // Returns once this connection (WirePeer::number) has been closed here.
    void wait_closed(int number) const;

private:
    friend class WirePeer;
    void accept_all();
    void serve(int fd, int number);

    Talk talk_;
    std::shared_ptr<WireTls> tls_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    int listener_ = -1;
    int stop_ = -1;  // an eventfd
    std::uint16_t port_ = 0;
    std::atomic<int> accepts_{0};
    std::atomic<std::size_t> application_bytes_{0};
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::set<int> closed_;
    mutable std::condition_variable closing_;
    std::vector<std::thread> connections_;
    std::thread acceptor_;
};

}  // namespace mcp_auth::host::testing
