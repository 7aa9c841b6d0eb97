// The administrator's list of plugins that may be loaded, by id and hash.
//
//     { "version": 1, "plugins": [ { "id": "cross-app-access", "sha256": "9f86d0..." } ] }
//
// An id may be there more than once: the old build and the new one, while one replaces the other.
#pragma once

#include <mcp_auth/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

class PluginAllowlist {
public:
    // Errors: misconfigured: the file is not root's or ours, or others can write to it, or it is
    // not what the schema says (schema/allowlist.schema.json); the message names file and pointer.
    static Result<PluginAllowlist> read(const std::string& path);

    // "FILE at /plugins/0". Errors: misconfigured, with the line to add.
    Result<std::string> find(std::string_view id, std::string_view sha256) const;

private:
    struct Entry {
        std::string id, sha256;
    };
    std::string path_;
    std::vector<Entry> entries_;
};

}  // namespace mcp_auth::host
