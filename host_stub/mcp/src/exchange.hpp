// One message to the MCP server and its answer, with the tries that authorization takes.
#pragma once

#include "answer_reader.hpp"
#include "shown_credentials.hpp"
#include "wire.hpp"

#include <mcp_auth/mcp/client.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth::mcp {

// What all messages of one client share.
struct Endpoint {
    std::shared_ptr<HttpTransport> transport;
    std::string url;
    Authorizers authorizers;
    ClientOptions options;
    Wire wire;
    ShownCredentials shown;
    std::int64_t next_id = 1;
};

struct Outgoing {
    std::string http_method = "POST";
    std::string method;  // of JSON-RPC, or what an event calls it
    Headers headers;     // all but Authorization
    std::string body;
};

struct Exchanged {
    json::Value result;
    HttpResponse head;
};

// A request and its result. `name`: for Mcp-Name. `more`: headers besides the wire's own.
Answer<Exchanged> ask(Endpoint& endpoint, std::string_view method, json::Value params,
                      std::string_view name, const Headers& more, const Bounds& bounds);

// A message that has no answer (a notification, an answer to the server, the end of a session).
Result<void> tell(Endpoint& endpoint, const Outgoing& outgoing, const Bounds& bounds);

// One HTTP request of the loop in mcp_auth/host.hpp: authorize, send, again. `reader_for_try` makes
// a new reader for each try.
Result<HttpResponse> send_authorized(Endpoint& endpoint, const Outgoing& outgoing,
                                     const Bounds& bounds,
                                     const std::function<BodyReader()>& reader_for_try);

// Sends once and records one leg event; no Authorization is added.
Result<HttpResponse> send_once(HttpTransport& transport, const HttpRequest& request,
                               std::string_view method, const ClientOptions& options,
                               const Bounds& bounds, const BodyReader& reader);

}  // namespace mcp_auth::mcp
