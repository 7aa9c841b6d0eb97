// Requests and answers that the tests of the HTTP client share.
#pragma once

#include "http_client.hpp"
#include "wire_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace mcp_auth::host {

inline std::shared_ptr<HttpTransport> client(TimeLimits limits = {}) {
    PolicyConfig policy;
    policy.allow_http_loopback = true;
    auto made = make_http_client(policy, limits);
    EXPECT_TRUE(made) << made.error().message;
    return *made;
}

// A limit that is reached soon, where reaching it is what the test is about.
inline TimeLimits short_limits() {
    TimeLimits limits;
    limits.request = std::chrono::milliseconds(100);
    return limits;
}

inline HttpRequest get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return request;
}

inline HttpRequest post(const std::string& url, const std::string& body = "a=b") {
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.body = body;
    return request;
}

// Reads one request and answers with these bytes, then closes.
inline testing::WireServer::Talk answer(const std::string& bytes) {
    return [bytes](testing::WirePeer& peer) {
        peer.read_request();
        peer.write(bytes);
    };
}

// Every request of a connection gets the same answer.
inline testing::WireServer::Talk always(const std::string& bytes) {
    return [bytes](testing::WirePeer& peer) {
        while (!peer.read_request().empty()) peer.write(bytes);
    };
}

inline const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace mcp_auth::host
