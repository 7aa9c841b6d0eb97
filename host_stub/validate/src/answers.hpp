// --answers FILE: what the servers of a protocol of its own answer, where an answer that is merely
// plausible would not do.
//
//     {
//       "request": { "resource": "https://mcp.example/mcp", "scope": "files.read" },
//       "clients": { "vault": { "issuer": "https://vault.example" } },
//       "subjects": { "urn:ietf:params:oauth:token-type:saml2": "${secret}" },
//       "token_requests": [ { "client": "mcp", "grant_type": "client_credentials",
//                             "answer": { "access_token": "${secret}", "token_type": "Bearer" } }
//                             ],
//       "http": [ { "method": "POST", "url": "https://vault.example/login",
//                   "status": 200, "body": { "lease": "${secret}" } } ]
//     }
//
// The first entry that fits answers; what none fits is answered plausibly. ${secret} becomes a
// fresh secret each time, which must show nowhere; ${now} and ${now+300} Unix seconds of the host's
// clock.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/testing.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::validate {

class Answers {
public:
    Answers() = default;
    // Errors: misconfigured, with the file, the place in it, and what was expected there.
    static Result<Answers> parse(std::string_view text, const std::string& origin);

    // Lays the answers over those of `world`.
    void apply(testing::FakeHost& host, testing::PlausibleWorld& world) const;
    std::optional<testing::TokenAnswer> token(testing::FakeHost& host,
                                              testing::PlausibleWorld& world,
                                              const testing::SentTokenRequest& asked) const;
    std::optional<testing::HttpAnswer> http(testing::FakeHost& host, testing::PlausibleWorld& world,
                                            const testing::SentHttpRequest& asked) const;
    // A member of "request" or "assertion_request"; `otherwise` where there is none. Views into
    // this object.
    std::string_view request(std::string_view member, std::string_view otherwise) const;

private:
    json::Value document_ = json::Value::object();
};

}  // namespace mcp_auth::validate
