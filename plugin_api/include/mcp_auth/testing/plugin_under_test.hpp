// mcp_auth/testing/plugin_under_test.hpp - one provider of the plugin, run as a host runs it, with
// its obligations checked on the way.
#pragma once

#include <mcp_auth/testing/fake_host.hpp>

#include <optional>

namespace mcp_auth::testing {

// A request as a host makes it, to change what the test is about.
inline plugin::TokenRequest typical_token_request() {
    plugin::TokenRequest request;
    request.server = "https://mcp.chat.example/mcp";
    request.resource = "https://mcp.chat.example/mcp";
    request.issuer = "https://auth.chat.example";
    request.metadata = R"({"issuer":"https://auth.chat.example",)"
                       R"("token_endpoint":"https://auth.chat.example/token"})";
    request.scope = "chat.read";
    return request;
}
inline plugin::AssertionRequest typical_assertion_request() {
    plugin::AssertionRequest request;
    request.audience = "https://auth.chat.example";
    request.resource = "https://mcp.chat.example/mcp";
    request.scope = "chat.read";
    request.client_id = "f53f191f9311af35";
    return request;
}

class PluginUnderTest {
public:
    // Creates a provider. `host` must outlive this object.
    PluginUnderTest(mcp_auth_plugin_entry* entry, FakeHost& host,
                    const std::string& settings_json = "{}", const std::string& name = "acme");
    ~PluginUnderTest();
    PluginUnderTest(const PluginUnderTest&) = delete;
    PluginUnderTest& operator=(const PluginUnderTest&) = delete;

    // Whether create succeeded, and why not. If not, acquire and assertion give the same error.
    const Result<void>& created() const noexcept { return created_; }
    std::string_view id() const noexcept { return detail::view(descriptor_->id); }
    std::string_view roles() const noexcept { return detail::view(descriptor_->roles); }

    // One call each; may run on several threads at once. A role that the plugin does not list is
    // `unsupported`. A failure is what a host would report.
    Result<Token> acquire(const plugin::TokenRequest& request);
    Result<Assertion> assertion(const plugin::AssertionRequest& request);
    // The same with a request as it crosses the ABI: of another size, with unknown flags or
    // reasons.
    Result<Token> acquire(const mcp_auth_token_request& request);
    Result<Assertion> assertion(const mcp_auth_assertion_request& request);

    // False, and a violation, if `secret`, or any 12 characters of it in a row, is in a log line, a
    // failure's text, or a URL (L4).
    bool expect_no_leak(std::string_view secret);
    // Where any of them shows, without a word to violations().
    std::vector<Leak> leaks(const std::vector<std::string>& secrets) const {
        return host_.leaks(secrets);
    }

    // All that the plugin did against its obligations, in this host.
    std::vector<std::string> violations() const { return host_.violations(); }

private:
    template <class Role>
    const Role* role(std::string_view id) const;
    template <class Answer, class Run>
    Result<Answer> run(std::vector<Answer> FakeCall::*sink, Run run);
    template <class Answer>
    Result<Answer> judge(FakeCall& call, mcp_auth_status status, std::vector<Answer>& answers);
    void expect(bool kept, Duty duty, const char* obligation) {
        if (!kept) host_.violation(duty, obligation);
    }

    FakeHost& host_;
    const mcp_auth_plugin* descriptor_ = nullptr;
    mcp_auth_provider* provider_ = nullptr;
    Result<void> created_;
};

// A call, to test a part of a plugin that takes one. What the part is given lives as long.
//
//     CallUnderTest call(host);
//     auto checked = checked_id_jag(*call, id_jag, typical_assertion_request());
class CallUnderTest {
public:
    explicit CallUnderTest(FakeHost& host);
    ~CallUnderTest();
    CallUnderTest(const CallUnderTest&) = delete;
    CallUnderTest& operator=(const CallUnderTest&) = delete;

    plugin::Call& operator*() noexcept { return *call_; }

private:
    FakeHost& host_;
    FakeCall& fake_;
    std::optional<plugin::Call> call_;  // ends before the fake one
};

}  // namespace mcp_auth::testing

#include <mcp_auth/testing/plugin_under_test_impl.hpp>
