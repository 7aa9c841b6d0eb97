// mcp_auth/server_metadata.hpp - what an authorization server's metadata says of what a plugin is
// about to do (RFC 8414), before anything is sent.
//
//     auto server = plugin::ServerMetadata::read(request.metadata, "token");
//     if (!server) return server.error();
//     if (auto met = server->require_grant(plugin::grant_client_credentials); !met) return
//     met.error();
//
// Nothing throws but std::bad_alloc.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth::plugin {

inline constexpr std::string_view grant_authorization_code = "authorization_code";
inline constexpr std::string_view grant_refresh_token = "refresh_token";
inline constexpr std::string_view grant_client_credentials = "client_credentials";
inline constexpr std::string_view grant_jwt_bearer =
    "urn:ietf:params:oauth:grant-type:jwt-bearer";  // RFC 7523
inline constexpr std::string_view grant_token_exchange =
    "urn:ietf:params:oauth:grant-type:token-exchange";  // RFC 8693

class ServerMetadata {
public:
    // An empty text stands for a configured token endpoint: nothing is known of that server.
    // `leg` is that of the errors. Errors: protocol (the host has read it before, so no real host
    // gives one).
    static Result<ServerMetadata> read(std::string_view text, std::string leg) {
        ServerMetadata metadata;
        metadata.leg_ = std::move(leg);
        if (text.empty()) return metadata;
        auto document = json::parse(text);
        if (!document) {
            document.error().leg = metadata.leg_;
            return document.error();
        }
        metadata.document_ = *std::move(document);
        return metadata;
    }

    const json::Value& document() const noexcept { return document_; }

    // Whether the member is there as a list and lacks `value`. Absence proves nothing.
    bool omits(std::string_view member, std::string_view value) const {
        const auto list = document_.strings(member);
        return list && std::find(list->begin(), list->end(), value) == list->end();
    }

    // C5. Errors: misconfigured, where the server lists its grants and this is not among them.
    Result<void> require_grant(std::string_view grant,
                               std::string_view server = "the authorization server") const {
        if (!omits("grant_types_supported", grant)) return {};
        return Error(Status::misconfigured, leg_,
                     std::string(server) + " does not offer the grant " + std::string(grant) +
                         " (grant_types_supported of its metadata), so nothing was sent: have it "
                         "enabled there, or choose another issuer");
    }

private:
    json::Value document_ = json::Value::object();
    std::string leg_;
};

}  // namespace mcp_auth::plugin
