// The tools of the demo's chat server. Each needs a scope.
#pragma once

#include "json.hpp"

#include <string>
#include <vector>

namespace mcp_auth::demo {

// On whose behalf a request came, as its access token says.
struct Caller {
    std::string subject;  // `sub`
    std::string user;     // the directory's name for it
    std::string client_id;
    std::vector<std::string> scopes;
    bool has(const std::string& scope) const;
};

struct Tool {
    std::string name;
    std::string description;
    std::string scope;
    std::vector<std::string> texts;  // arguments; all strings, all required

    Object::Ptr listed() const;                                             // as in tools/list
    Object::Ptr call(const Caller& caller, const Object& arguments) const;  // a CallToolResult
};

const std::vector<Tool>& tools();
const Tool* find_tool(const std::string& name);

}  // namespace mcp_auth::demo
