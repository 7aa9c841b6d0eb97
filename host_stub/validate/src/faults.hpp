// What can go wrong with a service of the host, and what a plugin may make of it.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/testing.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::validate {

enum class FaultKind {
    transient,    // it may work later
    refusal,      // an authorization server, the policy or the configuration says no
    interaction,  // the user must sign in
    malformed,    // the peer broke the protocol
    odd,          // an answer that is unusual, or one that only some plugins can use
    cancelled,
    deadline,
};

struct Fault {
    std::string name = {};  // "answering HTTP 503"
    FaultKind kind = FaultKind::transient;
    // One of these: the service fails, or its answer is another.
    std::optional<Error> error = {};
    std::function<void(json::Value& body, testing::PlausibleWorld&)> token = {};
    std::function<void(testing::HttpAnswer&, testing::PlausibleWorld&)> http = {};
    std::function<void(testing::ClientAnswer&)> client = {};
    std::function<void(testing::AssertionAnswer&)> peer = {};
    std::optional<std::string> stored = {};   // whatever the store gives
    std::optional<std::string> subject = {};  // the assertion, of whatever type is asked for

    // Whether the service fails, or a peer's answer says that it does.
    bool fails() const noexcept { return error.has_value(); }
};

// All that can happen to that call.
std::vector<Fault> faults_of(const testing::ServiceCall& called);
// For every service at once.
Fault cancellation();
Fault deadline();

// Whether a plugin may say so after a service went on failing in this way. Success is judged apart.
bool is_answer_to(FaultKind kind, Status status) noexcept;
// "unavailable", "denied, misconfigured, ...": what it may say.
std::string answers_to(FaultKind kind);

}  // namespace mcp_auth::validate
