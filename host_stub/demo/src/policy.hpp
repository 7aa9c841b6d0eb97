// The enterprise's users, and its table of who may ask for what, where.
#pragma once

#include <mcp_auth/demo/enterprise.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::demo {

// A user's directory entry. `subject` is what tokens carry: opaque, unlike the name.
struct DirectoryUser {
    std::string name;
    std::string subject;
    bool locked = false;
};

class Policy {
public:
    // Empty rules: those of the header's table.
    Policy(std::vector<PolicyRule> rules, const std::string& audience, const std::string& resource);

    const DirectoryUser* by_name(std::string_view name) const;
    const DirectoryUser* by_subject(std::string_view subject) const;
    bool knows_audience(std::string_view audience) const;
    bool knows_resource(std::string_view audience, std::string_view resource) const;
    // The scopes this user may have there; nothing: no access at all.
    std::optional<std::vector<std::string>> allowed(std::string_view user,
                                                    std::string_view audience,
                                                    std::string_view resource) const;

private:
    std::vector<DirectoryUser> users_;
    std::vector<PolicyRule> rules_;
};

}  // namespace mcp_auth::demo
