// What a script makes of an answer, seen from the other end of the wire.
#include "peer.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/URI.h>

#include <array>
#include <string_view>

namespace mcp_auth::demo {
namespace {

// Over plain HTTP, where every byte shows.
class WireTest : public testing::Test {
protected:
    WireTest() : peer({.tls = false, .record = true}), url(peer.enterprise().origin(Server::idp)) {}
    Poco::Net::StreamSocket connect() const {
        const Poco::URI uri(url);
        return Poco::Net::StreamSocket(Poco::Net::SocketAddress("127.0.0.1", uri.getPort()));
    }
    std::string all_bytes(const std::string& request) const {
        Poco::Net::StreamSocket socket = connect();
        socket.sendBytes(request.data(), static_cast<int>(request.size()));
        std::string bytes;
        std::array<char, 4096> piece{};
        for (int got = 0; (got = socket.receiveBytes(piece.data(), piece.size())) > 0;)
            bytes.append(piece.data(), static_cast<std::size_t>(got));
        return bytes;
    }
    void script(const ScriptedAnswer& with, unsigned times = 0) {
        peer.enterprise().script(answer(Server::idp, "/x", with, times));
    }
    static constexpr char get_x[] = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    Peer peer;
    const std::string url;
};

TEST_F(WireTest, AWholeAnswerIsTypedAndComplete) {
    script(oauth_error(429, "slow_down", "later"));
    const Reply reply = peer.get(url + "/x");
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(reply.header("Content-Type"), "application/json");
    EXPECT_EQ(reply.text("error_description"), "later");
    EXPECT_EQ(peer.get(url + "/y").status, 404) << "other paths are left alone";
}

TEST_F(WireTest, AScriptEndsAfterItsTimes) {
    script({.status = 500}, 2);
    EXPECT_EQ(peer.get(url + "/x").status, 500);
    EXPECT_EQ(peer.get(url + "/x").status, 500);
    EXPECT_EQ(peer.get(url + "/x").status, 404);
}

TEST_F(WireTest, CloseBeforeAnswersNotAByte) {
    script({.body = "{}", .wire = Wire::close_before});
    EXPECT_EQ(all_bytes(get_x), "");
}

TEST_F(WireTest, CloseInTheMiddlePromisesMoreThanItSends) {
    script({.body = "{\"a\":1}", .wire = Wire::close_in_the_middle});
    const std::string bytes = all_bytes(get_x);
    EXPECT_NE(bytes.find("Content-Length: 14\r\n"), std::string::npos) << bytes;
    EXPECT_EQ(bytes.substr(bytes.find("\r\n\r\n") + 4), "{\"a\":1}");
}

TEST_F(WireTest, RawIsAllThatIsWritten) {
    script({.body = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            .wire = Wire::raw});
    EXPECT_EQ(all_bytes(get_x), "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
}

TEST_F(WireTest, TooLargeIsMoreThanAnyoneShouldRead) {
    script({.wire = Wire::too_large});
    EXPECT_GE(peer.get(url + "/x").body.size(), 8U * 1024 * 1024);
}

TEST_F(WireTest, AnAnswerThatNeverEndsEndsWhenTheEnterpriseStops) {
    script({.body = "{", .wire = Wire::never_ends});
    Poco::Net::StreamSocket socket = connect();
    socket.sendBytes(get_x, static_cast<int>(std::string_view(get_x).size()));
    std::array<char, 1024> piece{};
    EXPECT_GT(socket.receiveBytes(piece.data(), piece.size()), 0);
    peer.enterprise().stop();  // joins the thread that drips
    while (socket.receiveBytes(piece.data(), piece.size()) > 0) {
    }
}

TEST_F(WireTest, AnAnswerThatNeverEndsEndsWhenThePeerHangsUp) {
    script({.wire = Wire::never_ends});
    Poco::Net::StreamSocket socket = connect();
    socket.sendBytes(get_x, static_cast<int>(std::string_view(get_x).size()));
    std::array<char, 1024> piece{};
    EXPECT_GT(socket.receiveBytes(piece.data(), piece.size()), 0);
    socket.close();
    script({.status = 204});
    EXPECT_EQ(peer.get(url + "/x").status, 204) << "the server goes on";
}

TEST_F(WireTest, AConnectionIsKeptForFurtherRequests) {
    const Poco::URI uri(url);
    Poco::Net::HTTPClientSession session(uri.getHost(), uri.getPort());
    session.setKeepAlive(true);
    std::string local;
    for (int i = 0; i < 3; ++i) {
        Poco::Net::HTTPRequest request("GET", "/jwks", "HTTP/1.1");
        session.sendRequest(request);
        Poco::Net::HTTPResponse response;
        std::istream& body = session.receiveResponse(response);
        body.ignore(1'000'000);
        EXPECT_EQ(response.getStatus(), 200);
        EXPECT_TRUE(response.getKeepAlive());
        const std::string now = session.socket().address().toString();
        if (i > 0) {
            EXPECT_EQ(now, local);
        }
        local = now;
    }
}

TEST_F(WireTest, APostWithoutABodyIsAnsweredAtOnce) {
    const std::string bytes = all_bytes("POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(bytes.rfind("HTTP/1.1 404 ", 0), 0U) << bytes;
}

TEST_F(WireTest, RequestsAreRecordedAsTheyCame) {
    peer.enterprise().forget_requests();
    peer.form(url + "/x?q=1", {{"a b", "+&"}, {"c", ""}}, {{"X-Test", "1"}});
    const auto requests = peer.enterprise().requests(Server::idp, "/x");
    ASSERT_EQ(requests.size(), 1U);
    const RecordedRequest& request = requests.front();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/x?q=1");
    EXPECT_EQ(request.header("x-test"), "1");
    EXPECT_FALSE(request.has_header("Authorization"));
    EXPECT_EQ(request.body, "a%20b=%2B%26&c=");
    EXPECT_EQ(request.field("a b"), "+&");
    EXPECT_EQ(request.field("c"), "");
    EXPECT_EQ(request.field("d"), std::nullopt);
    EXPECT_TRUE(peer.enterprise().requests(Server::stranger).empty());
}

}  // namespace
}  // namespace mcp_auth::demo
