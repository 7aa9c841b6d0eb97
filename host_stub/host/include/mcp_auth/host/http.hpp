// mcp_auth/host/http.hpp - the network as a parameter.
//
// The host brings its own transport (Poco, TLS 1.2 and later, protocol.md L). An application may
// give another one in Options; then it answers for connecting, TLS and address checks, and the
// host still checks every URL against the policy before it asks.
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth {

using Headers = std::vector<std::pair<std::string, std::string>>;  // in order; names in any case

// For headers that show a token: wipes their values however the block is left (protocol.md L5).
class WipedHeaders {
public:
    explicit WipedHeaders(Headers& headers) noexcept : headers_(headers) {}
    ~WipedHeaders() {
        for (auto& [name, value] : headers_) wipe(value);
    }
    WipedHeaders(const WipedHeaders&) = delete;
    WipedHeaders& operator=(const WipedHeaders&) = delete;

private:
    Headers& headers_;
};

struct HttpRequest {
    std::string method = "GET";
    std::string url;
    Headers headers;
    std::string body;
    std::size_t max_response_bytes = 256 * 1024;
    int max_redirects = 0;  // followed for GET only, same rules each hop, never to another scheme
    // A certificate to show (RFC 8705); empty: none. PEM texts.
    std::string client_certificate;
    std::string client_key;
};

struct MCP_AUTH_HOST_API HttpResponse {
    int status = 0;
    Headers headers;
    std::string body;

    // The first header of this name (any case); empty if there is none.
    std::string_view header(std::string_view name) const noexcept;
    // All of them, in order.
    std::vector<std::string_view> all(std::string_view name) const;
};

// Gets a body piece by piece as it arrives, with the head of the response (whose `body` is then
// empty). Returns false to stop reading; the response is then complete, and the connection dropped.
using BodyReader = std::function<bool(const HttpResponse& head, std::string_view piece)>;

class MCP_AUTH_HOST_API HttpTransport {
public:
    virtual ~HttpTransport() = default;

    // Sends once, without retry. Any thread. OK means that a whole response arrived, whatever its
    // status. With a `reader`, pieces go to it and max_response_bytes does not apply.
    // Errors (the leg is left empty; the message names host and port, never path or body):
    //   misconfigured  TLS trust failure, a URL or an address that the policy refuses
    //   unavailable    name resolution, connect, reset, the time limit of one request
    //   protocol       malformed, truncated or oversized answer
    //   deadline, cancelled   of `bounds`
    virtual Result<HttpResponse> send(const HttpRequest& request, const Bounds& bounds,
                                      const BodyReader& reader = {}) = 0;
};

}  // namespace mcp_auth
