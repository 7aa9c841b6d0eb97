// What a peer sends on a connection after a request, head and body, through a real socket.
#include "http_exchange.hpp"
#include "http_head.hpp"
#include "promise.hpp"
#include "targets.hpp"
#include "trusted_file.hpp"

#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <sys/socket.h>

#include <array>
#include <chrono>

namespace mcp_auth::fuzz {
namespace {

constexpr std::size_t max_body = 8 * 1024;
constexpr std::size_t most_bytes = 64 * 1024;  // less than a socket holds

// A peer that has said everything before it was asked, and is gone.
class Peer {
public:
    explicit Peer(std::string_view bytes) {
        std::array<int, 2> ends{-1, -1};
        must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0,
             "there is a pair of sockets");
        theirs_ = host::FileDescriptor(ends[1]);
        socket_ = Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(ends[0]));
        must(host::write_all(theirs_.get(), bytes), "the socket holds the answer");
        ::shutdown(theirs_.get(), SHUT_WR);
    }
    const Poco::Net::StreamSocket& socket() const { return socket_; }

private:
    host::FileDescriptor theirs_;
    Poco::Net::StreamSocket socket_;
};

void must_be_an_answer(const HttpResponse& response) {
    must(response.status >= 200 && response.status <= 999, "an answer has a status");
    for (const auto& [name, value] : response.headers)
        must(host::is_token(name) && host::is_field_text(value), "a header stays in its place");
}

void ask(const char* method, std::string_view bytes, bool by_pieces) {
    const Peer peer(bytes);
    host::Stream stream(peer.socket());
    host::WakeSignals signals;
    host::IoLimit limit({}, std::chrono::seconds(30), signals);
    limit.set_peer("peer.example:443");
    HttpRequest request;
    request.method = method;
    request.max_response_bytes = max_body;
    std::size_t taken = 0;
    BodyReader reader;
    if (by_pieces)
        reader = [&](const HttpResponse& head, std::string_view piece) {
            must(head.body.empty() && !piece.empty(), "a piece is something");
            taken += piece.size();
            return taken < max_body;
        };
    bool arrived = false;
    const auto done =
        host::exchange(stream, Secret("GET / HTTP/1.1\r\n\r\n"), request, reader, limit, arrived);
    must(arrived == !bytes.empty(), "it is known whether anything arrived");
    if (!done) return must_be_for_a_log(done.error());
    must_be_an_answer(done->response);
    must(done->response.body.size() <= max_body, "a body is within its limit");
    must(taken <= bytes.size(), "nothing is read that was not sent");
    if (std::string_view(method) == "HEAD")
        must(done->response.body.empty() && taken == 0, "an answer to HEAD has no body");
}

}  // namespace

void http_answer(std::string_view bytes) {
    if (bytes.size() > most_bytes) return;
    ask("GET", bytes, false);
    ask("GET", bytes, true);
    ask("HEAD", bytes, false);

    const auto head = host::parse_head(bytes.substr(0, bytes.find("\r\n\r\n")));
    if (!head) return must_be_for_a_log(head.error());
    std::string written = "HTTP/1." + std::string(head->http_1_0 ? "0 " : "1 ") +
                          std::to_string(head->response.status) + " \r\n";
    for (const auto& [name, value] : head->response.headers)
        written += name + ": " + value + "\r\n";
    const auto again = host::parse_head(written);
    must(again && again->response.headers == head->response.headers &&
             again->response.status == head->response.status && again->framing == head->framing &&
             again->length == head->length && again->keep_alive == head->keep_alive,
         "a head that is written is read as the same");
}

}  // namespace mcp_auth::fuzz
