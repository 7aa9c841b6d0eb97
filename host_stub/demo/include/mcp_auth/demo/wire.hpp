// mcp_auth/demo/wire.hpp - what a demo server saw, and what a test makes it answer instead.
//
//     enterprise->script(demo::answer(demo::Server::idp, "/token",
//                                     demo::oauth_error(401, "invalid_client")));
//     enterprise->script([](const demo::RecordedRequest& request) ->
//     std::optional<demo::ScriptedAnswer> {
//         if (request.path() != "/token") return std::nullopt;  // the server answers by itself
//         return demo::ScriptedAnswer{.status = 200, .body = "{", .wire =
//         demo::Wire::close_in_the_middle};
//     });
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::demo {

// The parties of protocol.md M. The stranger is a server that nobody configured: it answers 404 to
// all, and a request that reaches it is one that should not have been sent (C3, C4).
enum class Server { idp, authorization_server, mcp, stranger };
std::string_view to_string(Server server) noexcept;

using HeaderList = std::vector<std::pair<std::string, std::string>>;  // in order, names as sent

struct RecordedRequest {
    Server server = Server::idp;
    std::string method{};
    std::string target{};  // path and query, as sent
    HeaderList headers{};
    std::string body{};
    // The name in the certificate that the client showed, of the enterprise's authority; or empty.
    std::string client_certificate{};

    std::string path() const;                         // target without its query
    std::string header(std::string_view name) const;  // first of that name in any case, or empty
    bool has_header(std::string_view name) const;
    // The body as application/x-www-form-urlencoded, decoded: the first field of that name.
    std::optional<std::string> field(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> fields() const;
};

enum class Wire {
    whole,                // as HTTP wants it
    close_before,         // the connection closes and not a byte is answered
    close_in_the_middle,  // Content-Length promises twice the body, then the connection closes
    never_ends,           // drips the body until the peer hangs up or the enterprise stops
    too_large,            // repeats the body (or spaces, when empty) up to 8 MiB, chunked
    raw,                  // `body` is all that is written, status line included; then closes
};

struct ScriptedAnswer {
    int status = 200;
    HeaderList headers{};  // Content-Type: application/json when none is given and there is a body
    std::string body{};
    Wire wire = Wire::whole;
};

// Asked before a server answers; nothing: the server answers by itself. Runs on a server's thread,
// several at a time; must not block.
using Script = std::function<std::optional<ScriptedAnswer>(const RecordedRequest&)>;

// A script that answers the first `times` requests (0: all) to that server and path.
Script answer(Server server, const std::string& path, const ScriptedAnswer& with,
              unsigned times = 0);

// {"error": ..., "error_description": ...}, with no-store (RFC 6749 5.2).
ScriptedAnswer oauth_error(int status, std::string_view error, std::string_view description = {});

}  // namespace mcp_auth::demo
