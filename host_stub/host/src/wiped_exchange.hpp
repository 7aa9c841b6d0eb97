// A request and its answer: secrets in plain strings, since that is what a transport takes. They
// are wiped however we leave (protocol.md L5).
#pragma once

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/secret.hpp>

#include <utility>

namespace mcp_auth::host {

struct WipedExchange {
    HttpRequest request;
    HttpResponse response;

    WipedExchange() = default;
    WipedExchange(const WipedExchange&) = delete;
    WipedExchange& operator=(const WipedExchange&) = delete;
    // In place of what was there. A string that is moved leaves a short text behind it, and one
    // that is assigned to frees what it had as it is.
    void take(HttpResponse&& answer) {
        response.status = answer.status;
        response.headers = std::move(answer.headers);
        wipe(response.body);
        response.body = std::move(answer.body);
        wipe(answer.body);
    }
    ~WipedExchange() {
        wipe(request.body);
        wipe(request.client_key);
        for (auto& [name, value] : request.headers) wipe(value);
        wipe(response.body);
    }
};

}  // namespace mcp_auth::host
