// mcp_auth/host/connection.hpp - the way to one MCP server, and one request over it.
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/host/token.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace mcp_auth {

namespace host {
class ConnectionState;
class RequestState;
}  // namespace host

// One request of an MCP client, tries included: it remembers the challenge, which token was
// shown, and how often it was tried (protocol.md I2, I3). One thread at a time.
class MCP_AUTH_HOST_API Request {
public:
    // The headers to send with the next try: none while the server has not asked for a token,
    // else Authorization, and, for a token of type DPoP, a DPoP proof that is good for one request
    // of this method and URL (RFC 9449). None, too, for a URL that is not this connection's server,
    // so that a client that follows a redirect elsewhere leaks nothing. Blocks within the Wait.
    Result<Headers> authorize(std::string_view method, std::string_view url);

    // Whether to try again after this answer. Never blocks. 401: once with a fresh token.
    // 403 insufficient_scope: step-up, at most three acquisitions in all. 401 use_dpop_nonce: once
    // with the same token and a new proof. Anything else: false; but a DPoP nonce may come with any
    // answer, so it is to be asked after each.
    bool again(int status, const Headers& response_headers);

    // Why again() said no to a 401 or 403, or why authorize() failed; else nothing.
    const std::optional<Error>& error() const noexcept;

    // The token that the last authorize() used; nothing if it used none.
    const std::optional<AccessToken>& token() const noexcept;

private:
    friend class Connection;
    explicit Request(std::shared_ptr<host::RequestState> state);
    std::shared_ptr<host::RequestState> state_;
};

// Where an asynchronous completion runs; it must run what it is given, once, on any thread. It is
// called on one of the host's completion threads.
using Executor = std::function<void(std::function<void()>)>;

// Any thread.
class MCP_AUTH_HOST_API Connection {
public:
    const std::string& name() const noexcept;    // of "connections"
    const std::string& server() const noexcept;  // the URL that it was asked for

    Request request(Wait wait = {}) const;
    Request request(const User& user) const;

    // A token without a challenge: discovers by the well-known URLs and sends no probe.
    Result<AccessToken> token(const Wait& wait = {}) const;

    // A fresh token that is already here, or nothing. Never blocks.
    std::optional<AccessToken> cached(const std::optional<User>& user = {}) const noexcept;

    // token(), completed exactly once, with `cancelled` when the host closes first: on `executor`,
    // else on one of the host's four completion threads, which `done` may hold up at the cost of
    // other completions alone. Never on the thread that calls this, that cancels, or that acquires;
    // save that a host that was closed completes at once, on the calling thread.
    void authorize_async(const Wait& wait, std::function<void(Result<AccessToken>)> done,
                         Executor executor = {}) const;

    // The first leg alone. Errors: unsupported (the provider has no assertion role),
    // misconfigured (the audience is not one that `issuer` allows).
    // An empty audience and resource: those of this connection's server, discovered.
    Result<Assertion> assertion(const AssertionRequest& request, const Wait& wait = {}) const;

private:
    friend class Host;
    explicit Connection(std::shared_ptr<host::ConnectionState> state);
    std::shared_ptr<host::ConnectionState> state_;
};

}  // namespace mcp_auth
