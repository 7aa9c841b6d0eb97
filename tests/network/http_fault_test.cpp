// Broken answers, one fault each, and the status that each must get.
#include "http_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mcp_auth::host {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::WirePeer;
using testing::WireServer;

// One fault each: the bytes, and the status that it must get.
struct Fault {
    const char* name;
    std::string bytes;
    Status status;
};
class HttpFault : public ::testing::TestWithParam<Fault> {};

TEST_P(HttpFault, IsRefused) {
    WireServer server(answer(GetParam().bytes));
    HttpRequest request = post(server.url("/secret-path"), "assertion=secret-body");
    request.max_response_bytes = 1000;
    const auto response = client()->send(request, {});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.status(), GetParam().status) << response.error().message;
    EXPECT_EQ(response.error().leg, "");
    EXPECT_THAT(response.error().message, HasSubstr("127.0.0.1:" + std::to_string(server.port())));
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
    EXPECT_EQ(server.accepts(), 1);  // sent once, whatever came back
}

const std::string head = "HTTP/1.1 200 OK\r\n";
INSTANTIATE_TEST_SUITE_P(
    Wire, HttpFault,
    ::testing::Values(
        Fault{"ClosedBeforeTheAnswer", "", Status::unavailable},
        Fault{"ClosedInTheStatusLine", "HTTP/1.1 20", Status::protocol},
        Fault{"ClosedInTheHeaders", head + "Content-Le", Status::protocol},
        Fault{"ClosedAfterAnInterimAnswer", "HTTP/1.1 100 Continue\r\n\r\n", Status::protocol},
        Fault{"BodyShorterThanItsLength", head + "Content-Length: 9\r\n\r\nshort",
              Status::protocol},
        Fault{"ChunkCutOff", head + "Transfer-Encoding: chunked\r\n\r\n9\r\nshort",
              Status::protocol},
        Fault{"LastChunkMissing", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
              Status::protocol},
        Fault{"TrailerCutOff", head + "Transfer-Encoding: chunked\r\n\r\n0\r\n", Status::protocol},
        Fault{"ChunkSizeNotANumber", head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
              Status::protocol},
        Fault{"ChunkSizeNegative",
              head + "Transfer-Encoding: chunked\r\n\r\n-5\r\nshort\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"ChunkSizeTooLarge",
              head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx", Status::protocol},
        Fault{"ChunkLongerThanItsSize",
              head + "Transfer-Encoding: chunked\r\n\r\n3\r\nshort\r\n0\r\n\r\n", Status::protocol},
        Fault{"LineFeedInAChunkExtension",
              head + "Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\nshort\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"LineFeedInATrailer",
              head + "Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\nX: a\nb\r\n\r\n",
              Status::protocol},
        Fault{"ChunkSizeWithAPrefix",
              head + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nshort\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"LengthWithASign", head + "Content-Length: +2\r\n\r\nok", Status::protocol},
        Fault{"TwoTransferCodings",
              head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"ChunkedInHttp10", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"FoldBeforeTheFirstHeader", head + " folded\r\nContent-Length: 2\r\n\r\nok",
              Status::protocol},
        Fault{"LengthAboveTheCap", head + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'x'),
              Status::protocol},
        Fault{"ChunksAboveTheCap",
              head + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x') +
                  "\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"UntilCloseAboveTheCap", head + "\r\n" + std::string(1001, 'x'), Status::protocol},
        Fault{"HeaderBlockAboveItsCap", head + "X: " + std::string(33 * 1024, 'x') + "\r\n\r\n",
              Status::protocol},
        Fault{"HeaderBlockThatNeverEnds", head + "X: " + std::string(64 * 1024, 'x'),
              Status::protocol},
        Fault{"LengthAndTransferEncoding",
              head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"TwoLengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
              Status::protocol},
        Fault{"LengthNotANumber", head + "Content-Length: 2, 2\r\n\r\nok", Status::protocol},
        Fault{"UnknownTransferCoding", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
              Status::protocol},
        Fault{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n", Status::protocol},
        Fault{"StatusNotANumber", "HTTP/1.1 2x0 OK\r\n\r\n", Status::protocol},
        Fault{"StatusTooLong", "HTTP/1.1 2000 OK\r\n\r\n", Status::protocol},
        Fault{"OtherVersion", "HTTP/2.0 200 OK\r\n\r\n", Status::protocol},
        Fault{"SpaceBeforeTheColon", head + "Content-Length : 2\r\n\r\nok", Status::protocol},
        Fault{"HeaderWithoutColon", head + "Nonsense\r\nContent-Length: 2\r\n\r\nok",
              Status::protocol},
        Fault{"ControlCharacterInAHeader", head + "X: a\x01z\r\nContent-Length: 2\r\n\r\nok",
              Status::protocol},
        Fault{"BareLineFeeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", Status::protocol},
        Fault{"SwitchingProtocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n" + ok,
              Status::protocol},
        Fault{"EndlessInterimAnswers",
              [] {
                  std::string all;
                  for (int i = 0; i < 17; ++i) all += "HTTP/1.1 103 Early Hints\r\n\r\n";
                  return all + ok;
              }(),
              Status::protocol}),
    [](const auto& fault) { return fault.param.name; });

TEST(HttpClient, TellsAConnectionThatIsResetBeforeTheAnswerFromAnAnswer) {
    WireServer server([](WirePeer& peer) {
        peer.read_request();
        peer.reset();
    });
    EXPECT_EQ(client()->send(post(server.url("/")), {}).status(), Status::unavailable);
    EXPECT_EQ(server.accepts(), 1);
}

TEST(HttpClient, FindsNobodyListening) {
    std::string url;
    {
        const WireServer gone([](WirePeer&) {});
        url = gone.url("/");
    }
    const auto response = client()->send(get(url), {});
    EXPECT_EQ(response.status(), Status::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("connecting to 127.0.0.1:"));
}

}  // namespace
}  // namespace mcp_auth::host
