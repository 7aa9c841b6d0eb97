// mcp_auth/mcp/authorizer.hpp - where a client's Authorization header comes from.
//
// The client asks for one Authorizer per HTTP request and runs the loop of mcp_auth/host.hpp
// with it: authorize, send, again. authorize_by() is the real one, over a Connection.
#pragma once

#include <mcp_auth/host/connection.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace mcp_auth::mcp {

// One HTTP request's way to its token, tries included. The meaning of each is that of
// mcp_auth::Request.
class Authorizer {
public:
    virtual ~Authorizer() = default;
    virtual Result<Headers> authorize(std::string_view method, std::string_view url) = 0;
    virtual bool again(int status, const Headers& response_headers) = 0;
    virtual std::optional<Error> error() const = 0;
};

using Authorizers = std::function<std::unique_ptr<Authorizer>(const Bounds& bounds)>;

// A fresh mcp_auth::Request of `connection` each time; user, scope and interaction are `wait`'s,
// deadline and cancellation those of the call.
Authorizers authorize_by(const Connection& connection, const Wait& wait = {});

}  // namespace mcp_auth::mcp
