// The inline half of plugin_under_test.hpp; include that.
#pragma once

#include <mcp_auth/detail/utf8.hpp>
#include <mcp_auth/testing/plugin_under_test.hpp>

namespace mcp_auth::testing {

// For as long as the plugin runs on this thread.
struct RunningHost {
    explicit RunningHost(FakeHost& host) noexcept : before(std::exchange(running_host, &host)) {}
    RunningHost(const RunningHost&) = delete;
    RunningHost& operator=(const RunningHost&) = delete;
    ~RunningHost() { running_host = before; }
    FakeHost* before;
};

// The host's side of mcp_auth_results.
struct FakeSinks : FakeServices {
    static bool open(Call raw, const char* what) {
        FakeHost* host = raw ? &FakeCall::of(raw).host : running_host;
        const bool usable = raw && !FakeCall::of(raw).ended;
        if (!usable && host)
            host->violation(Duty::call, std::string(what) + ": called without a call that runs");
        return usable;
    }
    // Text that a host can use: UTF-8, and no zeros, which is what memory of an earlier call holds.
    static std::string text(FakeCall& call, Str from, const char* what) {
        const std::string_view all = detail::view(from);
        for (std::string_view rest = all; !rest.empty();) {
            const std::size_t length = detail::utf8_length(rest);
            if (length == 0 || rest.front() == '\0') {
                call.host.violation(
                    Duty::text, std::string(what) + (length == 0 ? " is not UTF-8"
                                                                 : " holds zeros: memory of a call "
                                                                   "that has ended?"));
                break;
            }
            rest.remove_prefix(length);
        }
        return std::string(all);
    }

    static void token(Call raw, const mcp_auth_token* token) noexcept {
        if (!open(raw, "results.token")) return;
        FakeCall& call = FakeCall::of(raw);
        const auto in = take(call, token);
        call.tokens.push_back({text(call, in.access_token, "access_token"),
                               text(call, in.token_type, "token_type"),
                               text(call, in.scope, "scope"), in.expires_at});
    }
    static void assertion(Call raw, const mcp_auth_assertion* assertion) noexcept {
        if (!open(raw, "results.assertion")) return;
        FakeCall& call = FakeCall::of(raw);
        const auto in = take(call, assertion);
        call.assertions.push_back(
            {text(call, in.assertion, "assertion"), text(call, in.token_type, "token_type"),
             text(call, in.issuer, "issuer"), text(call, in.scope, "scope"), in.expires_at});
    }
    static void failed(Call raw, const mcp_auth_failure* failure) noexcept {
        if (!open(raw, "results.failed")) return;
        FakeCall& call = FakeCall::of(raw);
        const auto in = take(call, failure);
        for (const Str part : {in.leg, in.message, in.oauth_error, in.description, in.acr_values})
            text(call, part, "a failure's text");
        if (in.status > MCP_AUTH_UNSUPPORTED || in.status == MCP_AUTH_OK)
            call.host.violation(Duty::status, "results.failed: not a status of a failure");
        call.failures.push_back(detail::to_error(in.status, in));
    }
    static constexpr mcp_auth_results table{&token, &assertion, &failed};
};

inline PluginUnderTest::PluginUnderTest(mcp_auth_plugin_entry* entry, FakeHost& host,
                                        const std::string& settings_json, const std::string& name)
    : host_(host), descriptor_(entry()) {
    expect(entry() == descriptor_, Duty::descriptor,
           "the entry gives another descriptor the second time");
    expect(descriptor_->struct_size >= sizeof(mcp_auth_plugin), Duty::descriptor,
           "the descriptor is too short");
    expect(!id().empty() && descriptor_->version.len > 0 && !roles().empty(), Duty::descriptor,
           "the descriptor lacks id, version or roles");

    const RunningHost running(host_);
    auto instance = detail::sized<mcp_auth_instance>();
    instance.name = detail::to_abi(std::string_view(name));
    instance.settings = detail::to_abi(std::string_view(settings_json));
    auto failure = detail::sized<mcp_auth_failure>();
    const mcp_auth_status status =
        descriptor_->create(host_.raw(), &instance, &provider_, &failure);
    if (status != MCP_AUTH_OK) {
        expect(provider_ == nullptr, Duty::create, "create failed, and set a provider");
        expect(status <= MCP_AUTH_UNSUPPORTED, Duty::create,
               "create gave a status that there is not");
        expect(failure.status == status, Duty::create,
               "create's failure has another status than it returned");
        provider_ = nullptr;
        created_ = detail::to_error(status, failure);
        host_.record(host_.failures_, created_.error());
        return;
    }
    expect(provider_ != nullptr, Duty::create, "create gave OK without a provider");
    if (!provider_) {
        created_ = Error(Status::internal, "provider", "create gave OK without a provider");
        return;
    }
    for (const char* known : {MCP_AUTH_ROLE_TOKEN, MCP_AUTH_ROLE_ASSERTION}) {
        const bool listed =
            (" " + std::string(roles()) + " ").find(" " + std::string(known) + " ") !=
            std::string::npos;
        expect((provider_->extension(provider_, detail::to_abi(known)) != nullptr) == listed,
               Duty::roles, "the provider's roles are not those of its descriptor");
    }
    expect(provider_->extension(provider_, detail::to_abi("mcp.auth.no-such-role/1")) == nullptr,
           Duty::roles, "extension answers for an id that there is not");
}

inline PluginUnderTest::~PluginUnderTest() {
    const RunningHost running(host_);
    if (provider_) provider_->destroy(provider_);
}

template <class Role>
const Role* PluginUnderTest::role(std::string_view id) const {
    return static_cast<const Role*>(provider_->extension(provider_, detail::to_abi(id)));
}

inline Result<Token> PluginUnderTest::acquire(const plugin::TokenRequest& request) {
    auto in = detail::sized<mcp_auth_token_request>();
    in.reason = static_cast<mcp_auth_reason>(request.reason);
    in.server = detail::to_abi(request.server);
    in.resource = detail::to_abi(request.resource);
    in.issuer = detail::to_abi(request.issuer);
    in.metadata = detail::to_abi(request.metadata);
    in.scope = detail::to_abi(request.scope);
    in.challenge = detail::to_abi(request.challenge);
    in.flags = request.omit_resource ? MCP_AUTH_REQUEST_OMIT_RESOURCE : 0;
    return acquire(in);
}

inline Result<Assertion> PluginUnderTest::assertion(const plugin::AssertionRequest& request) {
    return assertion(plugin::detail::to_abi(request));
}

inline Result<Token> PluginUnderTest::acquire(const mcp_auth_token_request& request) {
    return run<Token>(&FakeCall::tokens, [&](FakeCall& call) -> std::optional<mcp_auth_status> {
        const auto* token = role<mcp_auth_token_role_v1>(MCP_AUTH_ROLE_TOKEN);
        if (!token) return std::nullopt;
        return token->acquire(provider_, call.handle(), &request, &FakeSinks::table);
    });
}

inline Result<Assertion> PluginUnderTest::assertion(const mcp_auth_assertion_request& request) {
    return run<Assertion>(
        &FakeCall::assertions, [&](FakeCall& call) -> std::optional<mcp_auth_status> {
            const auto* assertion = role<mcp_auth_assertion_role_v1>(MCP_AUTH_ROLE_ASSERTION);
            if (!assertion) return std::nullopt;
            return assertion->assertion(provider_, call.handle(), &request, &FakeSinks::table);
        });
}

template <class Answer, class Run>
Result<Answer> PluginUnderTest::run(std::vector<Answer> FakeCall::*sink, Run run) {
    if (!created_) return created_.error();
    FakeCall& call = host_.begin_call();
    const RunningHost running(host_);
    const std::optional<mcp_auth_status> status = run(call);
    call.end();
    host_.release(call);
    if (!status)
        return Error(Status::unsupported, "provider", "the plugin does not list this role");
    for (const Error& failure : call.failures) host_.record(host_.failures_, failure);
    return judge(call, *status, call.*sink);
}

inline const std::string& bytes_of(const Token& token) noexcept {
    return token.access_token;
}
inline const std::string& bytes_of(const Assertion& answer) noexcept {
    return answer.assertion;
}

template <class Answer>
Result<Answer> PluginUnderTest::judge(FakeCall& call, mcp_auth_status status,
                                      std::vector<Answer>& answers) {
    const std::size_t given = call.tokens.size() + call.assertions.size();
    if (status == MCP_AUTH_OK) {
        expect(call.failures.empty(), Duty::answer, "OK, and a failure in the sink");
        expect(given == 1 && answers.size() == 1, Duty::answer,
               "OK without exactly one answer in its sink");
        const bool empty = !answers.empty() && bytes_of(answers.front()).empty();
        expect(!empty, Duty::answer, "OK with an empty answer");
        if (given == 1 && answers.size() == 1 && call.failures.empty() && !empty)
            return std::move(answers.front());
        return Error(Status::internal, "provider", "the plugin broke its contract");
    }
    expect(given == 0, Duty::no_answer, "a failure, and an answer in a sink");
    expect(status <= MCP_AUTH_UNSUPPORTED, Duty::status, "a status that there is not");
    expect(call.failures.size() <= 1, Duty::status, "more than one failure in the sink");
    if (!call.failures.empty()) {
        expect(call.failures.front().status == status_from(status), Duty::status,
               "the failure's status is not the one returned");
        Error error = call.failures.front();
        error.status = status_from(status);
        return error;
    }
    const auto& service = call.last_service_failure;
    if (service && service->status == status_from(status)) return *service;
    return Error(status_from(status), "provider", "the plugin did not say why");
}

inline bool PluginUnderTest::expect_no_leak(std::string_view secret) {
    expect(!secret.empty(), Duty::script, "expect_no_leak: an empty secret finds nothing");
    const std::vector<Leak> found = leaks({std::string(secret)});
    for (const Leak& leak : found)
        host_.violation(Duty::secrecy, "a secret shows in " + leak.where);
    return !secret.empty() && found.empty();
}

inline std::vector<Leak> FakeHost::leaks(const std::vector<std::string>& secrets) const {
    constexpr std::size_t window = 12;
    std::string long_ones;  // one after the other, to be searched at once
    std::vector<std::string_view> short_ones;
    for (const std::string& secret : secrets) {
        if (secret.size() >= window)
            long_ones += secret + '\0';
        else if (!secret.empty())
            short_ones.push_back(secret);
    }
    const auto shows_in = [&](std::string_view text) {
        for (const std::string_view secret : short_ones)
            if (text.find(secret) != std::string_view::npos) return true;
        for (std::size_t at = 0; at + window <= text.size(); ++at)
            if (long_ones.find(text.data() + at, 0, window) != std::string::npos) return true;
        return false;
    };
    std::vector<Leak> found;
    const auto search = [&](Leak::Place place, std::string_view text, const std::string& where) {
        if (shows_in(text)) found.push_back({place, where});
    };
    for (const LogLine& line : logs()) {
        search(Leak::Place::log, line.event, "a log event");
        for (const auto& [name, value] : line.fields) {
            search(Leak::Place::log, name, "a log field's name");
            search(Leak::Place::log, value, "the log field '" + name + "'");
        }
    }
    for (const Error& failure : failures()) {
        search(Leak::Place::failure, failure.leg, "a failure's leg");
        search(Leak::Place::failure, failure.message, "a failure's message");
        search(Leak::Place::failure, failure.oauth_error, "a failure's oauth_error");
        search(Leak::Place::failure, failure.description, "a failure's description");
        search(Leak::Place::failure, failure.acr_values, "a failure's acr_values");
    }
    for (const SentHttpRequest& sent : http_requests()) search(Leak::Place::url, sent.url, "a URL");
    for (const std::string& url : browser_urls())
        search(Leak::Place::url, url, "a URL for the browser");
    for (const auto& entry : stored_entries())
        search(Leak::Place::store_key, entry.first, "a store key");
    return found;
}

inline CallUnderTest::CallUnderTest(FakeHost& host) : host_(host), fake_(host.begin_call()) {
    call_.emplace(host.raw(), fake_.handle());
}

inline CallUnderTest::~CallUnderTest() {
    call_.reset();
    fake_.end();
    host_.release(fake_);
}

}  // namespace mcp_auth::testing
