// One request of an MCP client: what was shown, what came back, how often (protocol.md I2, I3).
#pragma once

#include "connection_state.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

class RequestState {
public:
    RequestState(std::shared_ptr<ConnectionState> connection, Wait wait);

    Result<Headers> authorize(std::string_view method, std::string_view url);
    bool again(int status, const Headers& response_headers);
    const std::optional<Error>& error() const noexcept { return error_; }
    const std::optional<AccessToken>& token() const noexcept { return token_; }

private:
    bool again_with_nonce(bool given);
    bool again_after_401(const std::optional<Challenge>& challenge);
    bool again_after_403(const std::optional<Challenge>& challenge);
    bool stop(Error error);

    const std::shared_ptr<ConnectionState> connection_;
    const Wait wait_;
    Demand demand_;
    std::optional<AccessToken> token_;
    Secret proof_;            // that went with the token; empty: none did
    bool covered_ = false;    // the last authorize() was for this connection's server
    std::string stepped_up_;  // what the last 403 asked for, until a token has it
    std::optional<Error> error_;
    bool nonce_retried_ = false;  // since a token was last asked for
    unsigned tries_401_ = 0;
    unsigned acquisitions_ = 0;
};

// Connection::authorize_async: completes `done` exactly once.
void complete_async(const std::shared_ptr<ConnectionState>& connection, const Wait& wait,
                    std::function<void(Result<AccessToken>)> done, Executor executor);

}  // namespace mcp_auth::host
