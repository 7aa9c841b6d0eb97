// mcp_auth/testing/messages.hpp - what passes between a plugin and the fake host, with its own
// memory: what the plugin asked, and what the test lets the host answer.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/plugin.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::testing {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// The first of that name; empty if there is none.
inline std::string first_of(const NamedTexts& texts, std::string_view name) {
    for (const auto& [key, value] : texts)
        if (key == name) return value;
    return {};
}

// ---- asked by the plugin ----

struct LogLine {
    plugin::Level level = plugin::Level::info;
    std::string event = {};
    NamedTexts fields = {};
    bool in_call = false;  // false: written outside an acquisition
};
struct SentClientRequest {
    std::string name = {}, redirect_uri = {}, grant_types = {}, scope = {};
};
struct SentTokenRequest {
    std::string client = {};
    NamedTexts fields = {};  // in the order of the plugin
    std::string field(std::string_view name) const { return first_of(fields, name); }
    bool has(std::string_view name) const {
        for (const auto& entry : fields)
            if (entry.first == name) return true;
        return false;
    }
};
struct SentHttpRequest {
    std::string method = {}, url = {};
    NamedTexts headers = {};
    std::string body = {};
};
struct SentPeerRequest {
    std::string provider = {};
    plugin::Reason reason = plugin::Reason::first;
    std::string audience = {}, resource = {}, scope = {}, client_id = {}, dpop_jkt = {};
};

// ---- answered by the host ----

struct ClientAnswer {
    std::string client_id = {}, issuer = {};
    std::string metadata = {};  // RFC 8414 JSON; empty: only a token_endpoint was configured
    std::string dpop_jkt = {};  // empty: no DPoP
};
struct TokenAnswer {
    std::uint32_t http_status = 200;
    std::string body = {};  // JSON
    // The members come from the body, and expires_in counts from the fake host's clock, as the
    // real host does it (H2). An OAuth error is scripted as an Error, because the host classifies
    // it: oauth_error() below.
    static TokenAnswer json(std::string body, std::uint32_t http_status = 200) {
        return {http_status, std::move(body)};
    }
};
struct HttpAnswer {
    std::uint32_t status = 200;
    NamedTexts headers = {};
    std::string body = {};
};
struct AssertionAnswer {
    std::string assertion = {}, token_type = {}, issuer = {}, scope = {};
    std::int64_t expires_at = 0;
};
struct BrowserCode {
    std::string code = {}, code_verifier = {};
};
struct StoreEntry {
    std::string value = {};
    std::int64_t expires_at = 0;
};

// What the host says when a token endpoint answered with an OAuth error (K).
inline Error oauth_error(Status status, std::string leg, std::string code,
                         std::string description = {}, int http_status = 400) {
    Error error(status, std::move(leg), "the authorization server answered " + code);
    error.oauth_error = std::move(code);
    error.description = std::move(description);
    error.http_status = http_status;
    return error;
}

// ---- handed out by the plugin ----

struct Token {
    std::string access_token = {}, token_type = {}, scope = {};
    std::int64_t expires_at = 0;
};
using Assertion = AssertionAnswer;

}  // namespace mcp_auth::testing
