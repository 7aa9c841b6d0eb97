// mcp_auth/testing/fake_call.hpp - one acquisition in the fake host: the memory that services hand
// out, and what came through the sinks.
#pragma once

#include <mcp_auth/detail/abi_values.hpp>
#include <mcp_auth/detail/utf8.hpp>
#include <mcp_auth/secret.hpp>
#include <mcp_auth/testing/messages.hpp>

#include <atomic>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mcp_auth::testing {

class FakeHost;

// By the names that the plugin gave: whose the entry is may come to be known while it is held.
struct FakeLease {
    bool is_of(mcp_auth_str of_client, mcp_auth_str of_key) const noexcept {
        return client == detail::view(of_client) && key == detail::view(of_key);
    }

    std::string client, key;
    std::pair<std::string, std::string> place;  // of the entry, in the host
};

struct FakeCall {
    explicit FakeCall(FakeHost& owner) : host(owner) {}
    FakeCall(const FakeCall&) = delete;
    FakeCall& operator=(const FakeCall&) = delete;

    bool mine() const noexcept { return thread == std::this_thread::get_id(); }
    mcp_auth_call* handle() noexcept { return reinterpret_cast<mcp_auth_call*>(this); }
    static FakeCall& of(mcp_auth_call* call) noexcept { return *reinterpret_cast<FakeCall*>(call); }

    // Memory of the host that lives until the call ends. It is wiped then, but not freed, so that
    // a plugin that holds on to it hands out zeros, which every build of a test can see.
    mcp_auth_str lend(std::string text) {
        lent.push_back(std::move(text));
        return detail::to_abi(std::string_view(lent.back()));
    }
    mcp_auth_fields lend(const NamedTexts& texts) {
        std::vector<mcp_auth_field> fields;
        for (const auto& [name, value] : texts) fields.push_back({lend(name), lend(value)});
        lent_fields.push_back(std::move(fields));
        return {lent_fields.back().data(), lent_fields.back().size()};
    }
    void end() noexcept {
        ended = true;
        for (std::string& text : lent) wipe(text.data(), text.size());
    }

    FakeHost& host;
    const std::thread::id thread = std::this_thread::get_id();
    std::atomic<bool> ended{false};
    std::list<std::string> lent;
    std::list<std::vector<mcp_auth_field>> lent_fields;

    // Through the sinks.
    std::vector<Token> tokens;
    std::vector<Assertion> assertions;
    std::vector<Error> failures;

    std::optional<Error> last_service_failure;
    std::optional<FakeLease> lease;
    std::string browser_client;  // of the flow that is open; empty: none
};

}  // namespace mcp_auth::testing
