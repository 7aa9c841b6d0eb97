// A stream that ended before its answer goes on over a GET (2025-11-25, "Resumability and
// Redelivery"): the server may close the connection while it works, and a network may break. The
// request is never sent twice.
#pragma once

#include "exchange.hpp"

namespace mcp_auth::mcp {

// The longest wait that a server may ask for before the next GET, and the shortest that it gets.
inline constexpr std::chrono::seconds longest_wait{60};
inline constexpr std::chrono::milliseconds shortest_wait{100};
// For a caller without a deadline: a server that always has another event would never end it.
inline constexpr std::chrono::minutes longest_without_deadline{10};

// Reads on until the answer is there. `latest` is what became of the request; it comes back where
// nothing says how to go on, or the server refuses to. Errors: deadline, cancelled, those of
// `latest`, and those of the Authorizer and the transport for the GET.
Result<HttpResponse> read_on(Endpoint& endpoint, AnswerReader& reader, Result<HttpResponse> latest,
                             const Bounds& bounds);

}  // namespace mcp_auth::mcp
