// An HTTP answer as a peer writes it: a head, an empty line, a body. Bytes without a readable head
// are the body of a 200.
#pragma once

#include "http_head.hpp"

#include <mcp_auth/host/http.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::fuzz {

inline HttpResponse answer_of(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end != std::string_view::npos) {
        auto head = host::parse_head(bytes.substr(0, end + 2));
        if (head) {
            head->response.body = bytes.substr(end + 4);
            return std::move(head->response);
        }
    }
    HttpResponse response;
    response.status = 200;
    response.body = bytes;
    return response;
}

// A network in which everybody gives one answer, and which knows who was asked.
class OneAnswer final : public HttpTransport {
public:
    explicit OneAnswer(HttpResponse response) : response_(std::move(response)) {}

    Result<HttpResponse> send(const HttpRequest& request, const Bounds&,
                              const BodyReader&) override {
        asked.push_back(request.url);
        return response_;
    }

    std::vector<std::string> asked;

private:
    HttpResponse response_;
};

}  // namespace mcp_auth::fuzz
