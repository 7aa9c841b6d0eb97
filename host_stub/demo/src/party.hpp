// What the parties of the enterprise have in common: names, clients, clock, faults.
#pragma once

#include "faults.hpp"
#include "ledger.hpp"
#include "policy.hpp"

#include <mcp_auth/demo/enterprise.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mcp_auth::demo {

inline constexpr char token_exchange_grant[] = "urn:ietf:params:oauth:grant-type:token-exchange";
inline constexpr char jwt_bearer_grant[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";
inline constexpr char authorization_code_grant[] = "authorization_code";
inline constexpr char client_credentials_grant[] = "client_credentials";
inline constexpr char id_jag_type[] = "urn:ietf:params:oauth:token-type:id-jag";
inline constexpr char id_jag_profile[] = "urn:ietf:params:oauth:grant-profile:id-jag";
inline constexpr char id_token_type[] = "urn:ietf:params:oauth:token-type:id_token";
inline constexpr char saml2_type[] = "urn:ietf:params:oauth:token-type:saml2";
inline constexpr char refresh_token_type[] = "urn:ietf:params:oauth:token-type:refresh_token";
inline constexpr char refresh_token_grant[] = "refresh_token";
inline constexpr char device_code_grant[] = "urn:ietf:params:oauth:grant-type:device_code";

inline constexpr std::int64_t refresh_token_lifetime = 30LL * 24 * 3600;  // seconds

// A JWT that its receiver dates to the future by more than this is refused.
inline constexpr std::int64_t clock_tolerance = 60;

inline constexpr std::array<Server, 4> all_servers{Server::idp, Server::authorization_server,
                                                   Server::mcp, Server::stranger};

struct Party {
    // Ports are known, secrets are made, the directory exists: `options` is complete.
    Options options;
    std::array<std::string, all_servers.size()> origins;  // by Server
    std::string idp_issuer, authorization_server_issuer;
    std::string resource;        // the MCP server's URL
    std::string authority_file;  // PEM; empty: plain http
    std::unique_ptr<Policy> policy;
    std::unique_ptr<Ledger> ledger;
    Faults faults;
    // Access tokens carry the generation they were issued in; an older one is revoked.
    std::atomic<std::int64_t> token_generation{0};

    const std::string& origin(Server server) const {
        return origins.at(static_cast<std::size_t>(server));
    }
    std::int64_t now() const { return options.clock(); }
    // What the ID-JAG's aud is, and by which name the IdP is asked for one.
    const std::string& id_jag_audience() const {
        return options.quirks.partner_id.empty() ? authorization_server_issuer
                                                 : options.quirks.partner_id;
    }
    const std::string& exchange_audience() const {
        return options.quirks.asked_by_partner_id ? options.quirks.partner_id
                                                  : authorization_server_issuer;
    }
};

// Where the metadata of an issuer is (C1), and its endpoints. A final slash of the issuer belongs
// to none of them (RFC 8414 3.1).
struct IssuerPaths {
    std::string oauth, openid, openid_appended, token, authorize, jwks;
    std::string device_authorization, device, revoke, registration;  // of the identity provider
    explicit IssuerPaths(std::string issuer_path) {
        if (!issuer_path.empty() && issuer_path.back() == '/') issuer_path.pop_back();
        oauth = "/.well-known/oauth-authorization-server" + issuer_path;
        openid = "/.well-known/openid-configuration" + issuer_path;
        openid_appended = issuer_path + "/.well-known/openid-configuration";
        token = issuer_path + "/token";
        authorize = issuer_path + "/authorize";
        jwks = issuer_path + "/jwks";
        device_authorization = issuer_path + "/device_authorization";
        device = issuer_path + "/device";
        revoke = issuer_path + "/revoke";
        registration = issuer_path + "/register";
    }
    bool is_metadata(const std::string& path, const Quirks& quirks) const {
        if (path == openid_appended) return true;
        return !quirks.metadata_appended_only && (path == oauth || path == openid);
    }
};

}  // namespace mcp_auth::demo
