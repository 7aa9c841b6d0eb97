// mcp_auth/testing/fake_store.hpp - store and browser of the fake host, and the list of all its
// services. Included by fake_services.hpp.
#pragma once

#include <mcp_auth/testing/fake_services.hpp>

namespace mcp_auth::testing {

struct FakeStore : FakeServices {
    static mcp_auth_status get(Call raw, Str client, Str key, Str* value,
                               Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_STORE, "get", own(client)};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            FakeHost& host = call.host;
            const std::lock_guard<std::mutex> lock(host.mutex_);
            const auto place = host.store_key(detail::view(client), detail::view(key));
            const auto found = host.store_.find(place);
            *value = Str{nullptr, 0};
            if (found == host.store_.end()) return {};
            const std::int64_t expiry = found->second.expires_at;
            if (expiry != 0 && expiry <= host.now())
                host.store_.erase(found);
            else
                *value = call.lend(found->second.value);
            return {};
        });
    }

    static mcp_auth_status put(Call raw, Str client, Str key, Str value, std::int64_t expires_at,
                               Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_STORE, "put", own(client)};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            FakeHost& host = call.host;
            const std::lock_guard<std::mutex> lock(host.mutex_);
            const auto place = host.store_key(detail::view(client), detail::view(key));
            if (value.len == 0)
                host.store_.erase(place);
            else
                host.store_[place] = StoreEntry{own(value), expires_at};
            return {};
        });
    }

    static mcp_auth_status lease(Call raw, Str client, Str key, Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_STORE, "lease", own(client)};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            FakeHost& host = call.host;
            if (call.lease) {
                if (call.lease->is_of(client, key)) return {};
                host.violation(Duty::service, "store: a second lease in one call");
                return Error(Status::internal, "host", "one lease in a call");
            }
            std::unique_lock<std::mutex> lock(host.mutex_);
            const auto place = host.store_key(detail::view(client), detail::view(key));
            const auto free = [&] { return host.leased_.count(place) == 0; };
            if (!host.lease_released_.wait_for(lock, host.patience_.load(), free))
                return Error(Status::deadline, "host", "the lease is held by another call");
            host.leased_.insert(place);
            call.lease = FakeLease{own(client), own(key), place};
            return {};
        });
    }

    static void release(Call raw, Str client, Str key) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_STORE, "release", own(client)};
        (void)serve(raw, asked_of, nullptr, [&](FakeCall& call) -> Result<void> {
            if (call.lease && call.lease->is_of(client, key)) call.host.release(call);
            return {};
        });
    }
};

struct FakeBrowser : FakeServices {
    static mcp_auth_status begin(Call raw, Str client, mcp_auth_browser_flow* out,
                                 Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_BROWSER, "begin", own(client)};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            if (!call.host.interaction_)
                return Error(Status::interaction_required, "browser",
                             "this call may not ask the user");
            call.browser_client = own(client);
            auto flow = detail::sized<mcp_auth_browser_flow>();
            flow.redirect_uri = call.lend(std::string("http://127.0.0.1:33418/callback"));
            flow.code_challenge = call.lend(std::string("fake-S256-challenge"));
            flow.state = call.lend(std::string("fake-state"));
            hand(call, out, flow);
            return {};
        });
    }

    static mcp_auth_status finish(Call raw, Str url, mcp_auth_browser_answer* out,
                                  Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_BROWSER, "finish"};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            const std::string asked = own(url);
            const bool begun = !call.browser_client.empty();
            if (!begun || !leads_to_endpoint(call, asked)) {
                call.host.violation(Duty::service,
                                    "browser: finish needs begin, and a URL that is the issuer's "
                                    "authorization_endpoint plus a query");
                return Error(begun ? Status::invalid_argument : Status::internal, "host",
                             begun ? "not a URL for this flow" : "no flow was begun");
            }
            call.browser_client.clear();
            call.host.record(call.host.browser_urls_, asked);
            auto answer = scripted(call, call.host.browser_, asked, "the browser");
            if (!answer) return answer.error();
            auto result = detail::sized<mcp_auth_browser_answer>();
            result.code = call.lend(answer->code);
            result.code_verifier = call.lend(answer->code_verifier);
            hand(call, out, result);
            return {};
        });
    }

    // True also if the test has scripted no metadata for that client.
    static bool leads_to_endpoint(FakeCall& call, const std::string& url) {
        const std::lock_guard<std::mutex> lock(call.host.mutex_);
        const auto client = call.host.known_clients_.find(call.browser_client);
        if (client == call.host.known_clients_.end()) return true;
        const auto metadata = json::parse(client->second.metadata);
        if (!metadata) return true;
        const std::string endpoint(metadata->string("authorization_endpoint"));
        const char joint = endpoint.find('?') == std::string::npos ? '?' : '&';
        return !endpoint.empty() && url.rfind(endpoint + joint, 0) == 0;
    }
};

inline const void* FakeHost::service(const mcp_auth_host* self, mcp_auth_str id) noexcept {
    static constexpr mcp_auth_log_v1 log{&FakeServices::log};
    static constexpr mcp_auth_clock_v1 clock{&FakeServices::wall, &FakeServices::monotonic,
                                             &FakeServices::random, &FakeServices::sleep};
    static constexpr mcp_auth_oauth_v1 oauth{&FakeServices::client, &FakeServices::token_request};
    static constexpr mcp_auth_http_v1 http{&FakeServices::send};
    static constexpr mcp_auth_subject_v1 subject{&FakeServices::subject};
    static constexpr mcp_auth_peer_v1 peer{&FakeServices::peer};
    static constexpr mcp_auth_store_v1 store{&FakeStore::get, &FakeStore::put, &FakeStore::lease,
                                             &FakeStore::release};
    static constexpr mcp_auth_browser_v1 browser{&FakeBrowser::begin, &FakeBrowser::finish};
    static constexpr std::pair<std::string_view, const void*> all[] = {
        {MCP_AUTH_SERVICE_LOG, &log},         {MCP_AUTH_SERVICE_CLOCK, &clock},
        {MCP_AUTH_SERVICE_OAUTH, &oauth},     {MCP_AUTH_SERVICE_HTTP, &http},
        {MCP_AUTH_SERVICE_SUBJECT, &subject}, {MCP_AUTH_SERVICE_PEER, &peer},
        {MCP_AUTH_SERVICE_STORE, &store},     {MCP_AUTH_SERVICE_BROWSER, &browser}};

    const FakeHost& host = *static_cast<const Table*>(self)->owner;
    const std::lock_guard<std::mutex> lock(host.mutex_);
    if (host.removed_.count(detail::view(id)) > 0) return nullptr;
    for (const auto& [name, table] : all)
        if (name == detail::view(id)) return table;
    return nullptr;
}

}  // namespace mcp_auth::testing
