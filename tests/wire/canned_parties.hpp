// Everybody whom a host talks to, at one origin and each answer a valid one: an MCP server, its
// authorization server, the enterprise's identity provider, and a second MCP server with an
// authorization server of its own that no fault ever meets.
//
//     /mcp    resource metadata -> issuer /as      (token, register, authorize)
//     /other  resource metadata -> issuer /other-as
//     /idp    token exchange, device flow, keys
//
// They remember what they gave to whom, so that a test can tell a right token from a wrong one, and
// what nobody may send twice.
#pragma once

#include "canned_answer.hpp"
#include "sso/signing_issuer.hpp"

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/json.hpp>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::wire {

// What a request is known by; `body` may be a part of a larger text.
struct CannedRequest {
    std::string method, path, authorization, last_event_id, body;
    static CannedRequest parse(const std::string& bytes);
    std::string field(const std::string& name) const;  // of a form
};

class CannedParties {
public:
    CannedParties(std::string origin, const Clock& clock)
        : origin_(std::move(origin)), clock_(clock) {}

    bool event_stream = false;  // how the MCP server answers a tool's call
    bool breaks_off = false;    // that stream, before its answer, which a GET brings
    // Any thread.
    CannedAnswer answer(const std::string& request);

    // An ID token for the host's client at the identity provider, as an application has it.
    std::string id_token(const std::string& user);
    // What the browser of this user comes back with: `code`, and who it is from (RFC 9207).
    std::string consent(const std::string& user);

    bool was_given(const std::string& user, std::string_view token) const;
    // Every token, assertion and code so far, and the clients' secrets: L4.
    std::vector<std::string> secrets() const;
    // What no host may do, in words: a code shown twice, a token of nobody.
    std::vector<std::string> complaints() const;

    static constexpr const char* client_secret = "secret-of-the-configured-client";

private:
    CannedAnswer answer_locked(const CannedRequest& request);
    CannedAnswer token(const std::string& issuer, const CannedRequest& request);
    CannedAnswer idp_token(const CannedRequest& request);
    CannedAnswer registration(const CannedRequest& request);
    CannedAnswer mcp(const CannedRequest& request);
    CannedAnswer server_metadata(const std::string& issuer) const;
    CannedAnswer resource_metadata(const std::string& resource, const std::string& issuer) const;
    json::Value claims(const std::string& issuer, const std::string& audience,
                       const std::string& user) const;
    std::string remembered(std::string secret);
    std::string next(const std::string& what, const std::string& user);
    CannedAnswer granted(const std::string& user, bool with_refresh_token, int expires_in = 86'400);

    const std::string origin_;
    const Clock& clock_;
    const host::testing::SigningIssuer signer_;
    mutable std::mutex mutex_;
    int serial_ = 100'000;
    std::string client_id_ = "host-at-chat";              // whom the next ID-JAG is for
    std::map<std::string, std::string> tokens_;           // to whose they are
    std::map<std::string, std::string> codes_, refresh_;  // unused, to whose they are
    std::vector<std::string> secrets_{client_secret};
    std::vector<std::string> complaints_;
    std::string rest_;  // of the stream that broke off last
};

}  // namespace mcp_auth::wire
