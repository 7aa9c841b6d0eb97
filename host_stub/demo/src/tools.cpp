#include "tools.hpp"

#include <algorithm>

namespace mcp_auth::demo {
namespace {

Object::Ptr text_result(const std::string& text, bool is_error) {
    Object::Ptr content = new_object();
    content->set("type", "text");
    content->set("text", text);
    Array::Ptr list = new Array;
    list->add(content);
    Object::Ptr result = new_object();
    result->set("content", list);
    result->set("isError", is_error);
    return result;
}

}  // namespace

bool Caller::has(const std::string& scope) const {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

Object::Ptr Tool::listed() const {
    Object::Ptr properties = new_object();
    for (const std::string& text : texts) {
        Object::Ptr property = new_object();
        property->set("type", "string");
        properties->set(text, property);
    }
    Object::Ptr schema = new_object();
    schema->set("type", "object");
    if (!texts.empty()) {
        schema->set("properties", properties);
        schema->set("required", array_of(texts));
    }
    schema->set("additionalProperties", false);
    Object::Ptr tool = new_object();
    tool->set("name", name);
    tool->set("description", description);
    tool->set("inputSchema", schema);
    return tool;
}

Object::Ptr Tool::call(const Caller& caller, const Object& arguments) const {
    for (const std::string& text : texts)
        if (!string_member(arguments, text))
            return text_result("the argument \"" + text + "\" is missing or no string", true);
    if (name == "echo") return text_result(*string_member(arguments, "text"), false);
    if (name == "admin_report") return text_result("1 channel, 4 users, 0 incidents", false);
    Object::Ptr who = new_object();
    who->set("user", caller.user);
    who->set("scopes", array_of(caller.scopes));
    who->set("client_id", caller.client_id);
    Object::Ptr result = text_result(to_text(*who), false);
    result->set("structuredContent", who);
    return result;
}

const std::vector<Tool>& tools() {
    static const std::vector<Tool> all{
        {"whoami", "Who the chat server takes you for, and what you may do", "chat.read", {}},
        {"echo", "Says what you say", "chat.read", {"text"}},
        {"admin_report", "Numbers for administrators", "chat.admin", {}}};
    return all;
}

const Tool* find_tool(const std::string& name) {
    for (const Tool& tool : tools())
        if (tool.name == name) return &tool;
    return nullptr;
}

}  // namespace mcp_auth::demo
