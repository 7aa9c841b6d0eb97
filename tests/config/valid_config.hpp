// A configuration that has nothing wrong: what each fault is put into.
#pragma once

#include "json_edit.hpp"

#include "config.hpp"

#include <mcp_auth/json.hpp>

#include <string>
#include <string_view>

namespace mcp_auth::host::testing {

constexpr std::string_view config_path = "/etc/mcp-auth/config.json";

inline json::Value valid_config() {
    return parsed(R"({
      "version": 1,
      "x-note": "ours",
      "providers": {
        "x-note": ["not a provider"],
        "acme": {
          "plugin": "cross-app-access",
          "clients": {
            "idp": { "issuer": "https://idp.example", "id": "idp-client",
                     "method": "client_secret_post", "secret": { "file": "idp.secret" } }
          },
          "subject": { "type": "id_token", "from": { "file": "/run/user/1000/id_token" } },
          "settings": { "lifetime": 60, "nested": { "a": 1 } }
        },
        "public": {
          "plugin": "cross-app-access",
          "clients": { "idp": { "issuer": "https://idp.example", "id": "idp-client" } },
          "subject": { "type": "saml2", "from": "application" }
        }
      },
      "connections": [
        {
          "name": "chat",
          "server": "https://mcp.chat.example/mcp",
          "provider": "acme",
          "issuer": "https://auth.chat.example",
          "scopes": ["chat.read"],
          "clients": { "mcp": { "id": "chat-client", "method": "client_secret_basic",
                                "secret": { "env": "CHAT_SECRET" } } }
        },
        {
          "name": "files",
          "server": "https://files.example/*",
          "provider": "public",
          "issuer": ["https://auth.files.example", "https://auth2.files.example"],
          "clients": { "mcp": { "id": "files-client" } }
        },
        {
          "name": "notes",
          "server": "https://notes.example/mcp",
          "provider": "public",
          "issuer": "discovered",
          "clients": { "mcp": { "id": "notes-client", "method": "none" } }
        }
      ],
      "policy": { "allow_http_loopback": false, "private_networks": ["10.0.0.0/8", "fd00::/8"],
                  "proxy": null, "ca_file": null, "credentials_to_discovered_issuer": false },
      "plugins": { "directories": [], "trust": "owner" }
    })");
}

inline Result<Config> parse(const json::Value& document, bool readable_by_others = false) {
    return parse_config(document.dump(2), std::string(config_path), readable_by_others,
                        "/etc/mcp-auth");
}

// The valid configuration with one place changed.
inline Result<Config> parse_with(std::string_view pointer, std::string_view json) {
    return parse(edited(valid_config(), pointer, parsed(json)));
}

}  // namespace mcp_auth::host::testing
