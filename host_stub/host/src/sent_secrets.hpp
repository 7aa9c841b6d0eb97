// What of a request its answer must not repeat, before a peer's words go into an error or a log
// (protocol.md L4). The one place that knows which parts of a request are no secret: all others
// are.
#pragma once

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <string_view>
#include <vector>

namespace mcp_auth::host {

class SentSecrets {
public:
    // Copies: header fields (of Basic the secret, too), the form in the query and in the body, a
    // body of another kind as a whole; as they were sent, and decoded.
    explicit SentSecrets(const HttpRequest& request);

    bool repeated_in(std::string_view text) const noexcept;
    // In the place of each word of the server's in `error` that repeats one.
    void withhold_in(Error& error) const;

private:
    explicit SentSecrets(const Headers& headers);
    void add(std::string_view value);
    void add_encoded(std::string_view value);
    void add_basic(std::string_view base64);
    void add_form(std::string_view form);

    std::vector<Secret> all_;
};

// Whether `text` repeats `secret` (echo.hpp), or is itself a piece of it, of 8 bytes or more.
bool repeats_any_of(std::string_view text, std::string_view secret) noexcept;

}  // namespace mcp_auth::host
