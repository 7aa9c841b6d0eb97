// What the configuration's schema knows and this version cannot do yet. It is refused by name when
// the configuration is loaded: an ignored setting would be a promise that nobody keeps. A line goes
// when what it names arrives.
#include "config_document.hpp"
#include "json_schema.hpp"

#include <string>
#include <string_view>

namespace mcp_auth::host {
namespace {

struct NotYet {
    std::string_view place;  // JSON pointer; "*" stands for any name or index
    std::string_view value;  // this text; "{}": any object; "": anything but null
    std::string_view what;
};

constexpr NotYet not_yet[] = {
    {"/*/*/clients/*/secret", "application", "a secret from the application"},
    {"/*/*/clients/*/key", "application", "a key from the application"},
    {"/*/*/clients/*/secret/session", "", "a secret from a session"},
    {"/*/*/clients/*/key/session", "", "a key from a session"},
    {"/*/*/subject/from/session", "", "a subject from a session"},
    {"/connections/*/dpop", "required", "DPoP"},
    {"/connections/*/dpop", "{}", "DPoP"},
};

bool is(const json::Value& value, std::string_view wanted) {
    if (wanted.empty()) return !value.is_null();
    if (wanted == "{}") return value.is_object();
    return value.as_string() != nullptr && *value.as_string() == wanted;
}

// The pointer of the first value at `place` that is `wanted`; empty if there is none.
std::string find(const json::Value& value, std::string_view place, std::string_view wanted,
                 const std::string& pointer) {
    if (place.empty()) return is(value, wanted) ? pointer : std::string();
    place.remove_prefix(1);  // '/'
    const std::string_view step = place.substr(0, place.find('/'));
    place.remove_prefix(step.size());
    std::size_t index = 0;
    for (const json::Value& item : value.items()) {
        const std::string here = pointer + "/" + std::to_string(index++);
        if (step != "*") break;
        if (auto found = find(item, place, wanted, here); !found.empty()) return found;
    }
    for (const json::Member& member : value.members()) {
        if (is_note(member.name) || (step != "*" && step != member.name)) continue;
        auto found = find(member.value, place, wanted, pointer + pointer_step(member.name));
        if (!found.empty()) return found;
    }
    return {};
}

}  // namespace

Result<void> refuse_not_yet(const json::Value& root, const ConfigDocument& document) {
    for (const NotYet& row : not_yet)
        if (const auto pointer = find(root, row.place, row.value, ""); !pointer.empty())
            return document.fault(pointer, std::string(row.what) + " is not in this version");
    return {};
}

}  // namespace mcp_auth::host
