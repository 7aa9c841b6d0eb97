#include "policy.hpp"

#include <algorithm>

namespace mcp_auth::demo {

Policy::Policy(std::vector<PolicyRule> rules, const std::string& audience,
               const std::string& resource)
    : rules_(std::move(rules)) {
    if (rules_.empty())
        rules_ = {{"alice", {"chat.read", "chat.write", "chat.admin"}, {}, {}},
                  {"carol", {"chat.read"}, {}, {}},
                  {"mallory", {"chat.read"}, {}, {}}};
    for (PolicyRule& rule : rules_) {
        if (rule.audience.empty()) rule.audience = audience;
        if (rule.resource.empty()) rule.resource = resource;
    }
    std::vector<std::string> names{"alice", "bob", "carol", "mallory"};
    for (const PolicyRule& rule : rules_)
        if (std::find(names.begin(), names.end(), rule.user) == names.end())
            names.push_back(rule.user);
    for (const std::string& name : names)
        users_.push_back({name, "00u-" + name, name == "mallory"});
}

const DirectoryUser* Policy::by_name(std::string_view name) const {
    for (const DirectoryUser& user : users_)
        if (user.name == name) return &user;
    return nullptr;
}

const DirectoryUser* Policy::by_subject(std::string_view subject) const {
    for (const DirectoryUser& user : users_)
        if (user.subject == subject) return &user;
    return nullptr;
}

bool Policy::knows_audience(std::string_view audience) const {
    return std::any_of(rules_.begin(), rules_.end(),
                       [&](const PolicyRule& rule) { return rule.audience == audience; });
}

bool Policy::knows_resource(std::string_view audience, std::string_view resource) const {
    return std::any_of(rules_.begin(), rules_.end(), [&](const PolicyRule& rule) {
        return rule.audience == audience && rule.resource == resource;
    });
}

std::optional<std::vector<std::string>> Policy::allowed(std::string_view user,
                                                        std::string_view audience,
                                                        std::string_view resource) const {
    for (const PolicyRule& rule : rules_)
        if (rule.user == user && rule.audience == audience && rule.resource == resource)
            return rule.scopes;
    return std::nullopt;
}

}  // namespace mcp_auth::demo
