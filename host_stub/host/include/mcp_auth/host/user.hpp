// mcp_auth/host/user.hpp - whose token it is.
//
//     User alice = host.user("tenant7/alice", [&](std::string_view type, const Bounds& bounds) {
//         return sessions.id_token_of("alice", type, bounds);   // Result<SubjectAssertion>
//     });
//     auto call = connection.request(alice);
//     ...
//     alice.sign_out();                                         // drops all that was derived
#pragma once

#include <mcp_auth/host/export.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth {

struct Bounds;
namespace host {
class UserState;
}

// What a source hands out for a user. `value` is wiped by the host once it is used.
struct SubjectAssertion {
    std::string value;
    std::string token_type;       // URN (RFC 8693 3); empty: the type that was asked for
    std::int64_t expires_at = 0;  // Unix seconds; 0: read from the token where it is a JWT
    std::string issuer;           // who the user is, for an assertion that the host cannot read;
    std::string subject;          // empty: read from the token where it is a JWT (D4)
};

// Asked for the user's assertion of one RFC 8693 token type, from any thread, never twice at once
// for one acquisition. Returns within the bounds. `unsupported`: this user has no such type.
using SubjectSource =
    std::function<Result<SubjectAssertion>(std::string_view token_type, const Bounds& bounds)>;

// A handle of one user of a Host. Copies name the same user. Dropping one does not sign out.
class MCP_AUTH_HOST_API User {
public:
    // Drops every token and stored entry derived for this user, cancels what is being acquired
    // for them, and starts a new generation: no late write brings anything back.
    void sign_out() const;
    const std::string& id() const noexcept;

private:
    friend class Host;
    friend class host::UserState;
    explicit User(std::shared_ptr<host::UserState> state);
    std::shared_ptr<host::UserState> state_;
};

}  // namespace mcp_auth
