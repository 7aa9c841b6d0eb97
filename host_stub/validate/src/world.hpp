// One provider of the plugin in a world where everything works, but for what a test breaks in it.
#pragma once

#include "faults.hpp"
#include "trial.hpp"

#include <mcp_auth/testing.hpp>

#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::validate {

enum class Role { token, assertion };
// Those of the plugin that are known here.
std::vector<Role> roles_of(const Trial& trial);

// What a host got from a role.
struct Answer {
    std::string bytes = {};
    std::int64_t expires_at = 0;
};

class World {
public:
    explicit World(Trial& trial);
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    testing::FakeHost& host() { return host_; }
    testing::PlausibleWorld& plausible() { return plausible_; }
    const testing::PlausibleWorld& plausible() const { return plausible_; }
    // Creates the provider on first use, with the specimen's settings.
    testing::PluginUnderTest& plugin();
    void destroy() { plugin_.reset(); }
    // Another user, with assertions of their own.
    void another_user();

    plugin::TokenRequest token_request() const;
    plugin::AssertionRequest assertion_request() const;
    Result<Answer> ask(Role role, mcp_auth_reason reason = MCP_AUTH_REASON_FIRST);

    // Notes what each call was answered, for answered(). One thread.
    void record() { watch(nullptr, {}); }
    // From the call with the leg's number on, every call of the same service, function and subject
    // is broken so; with an empty service, every call of any. One thread.
    void break_from(const testing::ServiceCall& leg, const Fault& fault) { watch(&fault, leg); }
    // Calls that the fault has hit, oldest first.
    const std::vector<testing::ServiceCall>& broken_calls() const { return broken_; }
    // The plugin asked so often that the fault was lifted, for it to come to an end.
    bool insisted() const { return insisted_; }
    bool answered(std::size_t number, const std::string& bytes) const;
    // Whether a secret of that answer was sent to anybody.
    bool sent_on(std::size_t number) const;
    // All that left the plugin for a server: values, URLs, bodies.
    std::vector<std::string> sent() const;
    // What the plugin did against its obligations since it was created.
    std::vector<testing::Violation> broken_duties() const;
    std::vector<testing::Leak> leaks() const { return host_.leaks(plausible_.secrets()); }

private:
    void watch(const Fault* fault, testing::ServiceCall leg);
    Result<void> before(const testing::ServiceCall& called);
    bool altered() const { return fault_ != nullptr && hit_; }
    void note(const std::string& text);

    Trial& trial_;
    testing::FakeHost host_;
    testing::PlausibleWorld plausible_;
    std::unique_ptr<testing::PluginUnderTest> plugin_;
    std::size_t broken_at_creation_ = 0;

    const Fault* fault_ = nullptr;
    testing::ServiceCall leg_;
    bool watched_ = false, hit_ = false, insisted_ = false;  // hit_: the call that runs
    std::size_t current_ = 0;
    std::vector<testing::ServiceCall> broken_;
    std::vector<std::pair<std::size_t, std::string>> answers_;
};

}  // namespace mcp_auth::validate
