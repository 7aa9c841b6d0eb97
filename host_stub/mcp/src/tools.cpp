#include "tools.hpp"

#include <optional>
#include <set>
#include <utility>

namespace mcp_auth::mcp {
namespace {

constexpr int max_pages = 1000;

Error bad_list(std::string what) {
    return {Status::protocol, "mcp", std::move(what)};
}

// 2026-07-28 "ResultType": absent means complete; what the client does not know is invalid.
std::optional<Error> incomplete(const json::Value& result) {
    const json::Value* type = result.find("resultType");
    if (!type || (type->as_string() && *type->as_string() == "complete")) return std::nullopt;
    if (type->as_string() && *type->as_string() == "input_required")
        return Error(Status::unsupported, "mcp",
                     "the server asks the user for input first, which this client cannot do");
    return bad_list("a result of a type that this client does not know");
}

// One page into `list`; the cursor of the next one, empty after the last.
Result<std::string> take_page(const json::Value& page, const Endpoint& endpoint, ToolList& list,
                              Mirrored& mirrored) {
    if (auto error = incomplete(page)) return std::move(*error);
    const json::Value* tools = page.find("tools");
    if (!tools || !tools->is_array()) return bad_list("tools/list answered without \"tools\"");
    for (const json::Value& entry : tools->items()) {
        if (list.tools.size() + list.refused.size() >= endpoint.options.max_tools)
            return bad_list("the server lists more than " +
                            std::to_string(endpoint.options.max_tools) + " tools");
        Tool tool;
        tool.name = std::string(entry.string("name"));
        tool.title = std::string(entry.string("title"));
        tool.description = std::string(entry.string("description"));
        const json::Value* schema = entry.find("inputSchema");
        if (tool.name.empty() || !schema || !schema->is_object()) {
            list.refused.emplace_back(tool.name, "it has no name or no input schema");
            continue;
        }
        tool.input_schema = *schema;
        if (endpoint.wire.stateless()) {
            auto headers = mirrored_arguments(*schema);
            if (!headers) {
                list.refused.emplace_back(tool.name, headers.error().message);
                continue;
            }
            mirrored[tool.name] = std::move(*headers);
        }
        list.tools.push_back(std::move(tool));
    }
    return std::string(page.string("nextCursor"));
}

}  // namespace

Answer<ToolList> list_tools(Endpoint& endpoint, Mirrored& mirrored, const Bounds& bounds) {
    ToolList list;
    mirrored.clear();
    std::set<std::string> seen;
    std::string cursor;
    for (int page = 0; page < max_pages; ++page) {
        json::Value params = json::Value::object();
        if (!cursor.empty()) params.set("cursor", cursor);
        Answer<Exchanged> answer = ask(endpoint, "tools/list", std::move(params), {}, {}, bounds);
        if (!answer) return answer.failure();
        Result<std::string> next = take_page(answer->result, endpoint, list, mirrored);
        if (!next) return next.error();
        if (next->empty()) return list;
        // A server whose pages never end must not keep us.
        if (!seen.insert(*next).second) return bad_list("tools/list gave the same cursor twice");
        cursor = std::move(*next);
    }
    return bad_list("tools/list has more than " + std::to_string(max_pages) + " pages");
}

Answer<ToolResult> call_tool(Endpoint& endpoint, const Mirrored& mirrored, std::string_view tool,
                             const json::Value& arguments, const Bounds& bounds) {
    if (!arguments.is_object())
        return Error(Status::invalid_argument, "mcp", "a tool's arguments are a JSON object");
    Headers more;
    if (const auto entry = mirrored.find(tool); entry != mirrored.end()) {
        Result<Headers> headers = argument_headers(entry->second, arguments);
        if (!headers) return headers.error();
        more = std::move(*headers);
    }
    json::Value params = json::Value::object();
    params.set("name", tool).set("arguments", arguments);
    Answer<Exchanged> answer = ask(endpoint, "tools/call", std::move(params), tool, more, bounds);
    if (!answer) return answer.failure();
    if (auto error = incomplete(answer->result)) return std::move(*error);

    ToolResult said;
    if (const json::Value* failed = answer->result.find("isError"))
        said.is_error = failed->as_bool().value_or(false);
    said.result = std::move(answer->result);
    return said;
}

std::string ToolResult::text() const {
    std::string lines;
    const json::Value* content = result.find("content");
    if (!content) return lines;
    for (const json::Value& item : content->items()) {
        if (item.string("type") != "text") continue;
        if (!lines.empty()) lines += '\n';
        lines += item.string("text");
    }
    return lines;
}

}  // namespace mcp_auth::mcp
