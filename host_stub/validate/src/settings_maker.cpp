#include "settings_maker.hpp"

#include <algorithm>
#include <iterator>

namespace mcp_auth::validate {
namespace {

constexpr int deepest = 4;

// Where programs break: limits of integers, empty, not ASCII, what looks like something else.
const char* const odd_texts[] = {
    "",     " ",    "0",    "null", "true",         "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x94\x91",
    "a\"b", "a\nb", "../x", "%s%n", "https://[::1", "\x01\x02"};
const char* const odd_numbers[] = {
    "0",     "-1",  "1",  "300", "301", "2147483648", "-9223372036854775808", "9223372036854775807",
    "1e400", "0.5", "-0", "1.0"};

}  // namespace

SettingsMaker::SettingsMaker(const std::string& schema, std::uint64_t seed) : random_(seed) {
    if (auto parsed = json::parse(schema)) schema_ = *std::move(parsed);
}

// Not std::uniform_int_distribution: its numbers differ from one library to the next.
std::size_t SettingsMaker::below(std::size_t limit) {
    return static_cast<std::size_t>(random_() % std::max<std::size_t>(limit, 1));
}

std::string SettingsMaker::text(std::size_t longest) {
    if (one_in(3)) return odd_texts[below(std::size(odd_texts))];
    std::string made;
    for (std::size_t i = below(longest + 1); i > 0; --i)
        made += static_cast<char>('!' + below('~' - '!'));
    return made;
}

json::Value SettingsMaker::anything(int depth) {
    switch (below(depth >= deepest ? 4 : 6)) {
    case 0: return nullptr;
    case 1: return one_in(2);
    case 2: return json::Value::number(odd_numbers[below(std::size(odd_numbers))]);
    case 3: return text(40);
    case 4: {
        json::Value list = json::Value::array();
        for (std::size_t i = below(4); i > 0; --i) list.push(anything(depth + 1));
        return list;
    }
    default: {
        json::Value object = json::Value::object();
        for (std::size_t i = below(4); i > 0; --i) object.set(text(12), anything(depth + 1));
        return object;
    }
    }
}

json::Value SettingsMaker::by(const json::Value& schema, int depth) {
    if (const json::Value* only = schema.find("const")) return *only;
    if (const json::Value* choice = schema.find("enum"); choice && !choice->items().empty())
        return choice->items()[below(choice->items().size())];
    for (const char* several : {"anyOf", "oneOf"})
        if (const json::Value* list = schema.find(several); list && !list->items().empty())
            return by(list->items()[below(list->items().size())], depth + 1);
    std::string_view type = schema.string("type");
    if (const auto types = schema.strings("type"); types && !types->empty())
        type = (*types)[below(types->size())];
    const auto bound = [&](const char* name, std::int64_t otherwise) {
        const json::Value* value = schema.find(name);
        return value ? value->as_integer().value_or(otherwise) : otherwise;
    };
    if (type == "boolean") return one_in(2);
    if (type == "integer" || type == "number") {
        const std::int64_t least = bound("minimum", -1000), most = bound("maximum", 1000);
        if (one_in(3)) return one_in(2) ? least : most;
        return least + static_cast<std::int64_t>(below(
                           static_cast<std::size_t>(std::max<std::int64_t>(most - least, 0) + 1)));
    }
    if (type == "string") {
        std::string made = text(60);
        while (static_cast<std::int64_t>(made.size()) < bound("minLength", 0)) made += 'x';
        return made;
    }
    if (type == "array" && depth < deepest) {
        json::Value list = json::Value::array();
        const json::Value* items = schema.find("items");
        const auto least = static_cast<std::size_t>(bound("minItems", 0));
        for (std::size_t i = least + below(3); i > 0; --i)
            list.push(items ? by(*items, depth + 1) : anything(depth + 1));
        return list;
    }
    if (type == "object" && depth < deepest) {
        json::Value object = json::Value::object();
        const auto required = schema.strings("required").value_or(std::vector<std::string>());
        if (const json::Value* properties = schema.find("properties"))
            for (const json::Member& property : properties->members())
                if (one_in(2) ||
                    std::find(required.begin(), required.end(), property.name) != required.end())
                    object.set(property.name, by(property.value, depth + 1));
        return object;
    }
    return anything(depth + 1);
}

json::Value SettingsMaker::fitting() {
    json::Value made = schema_.is_object() ? by(schema_, 0) : json::Value::object();
    return made.is_object() ? made : json::Value::object();
}

json::Value SettingsMaker::unfitting() {
    if (one_in(4)) return anything(0);
    json::Value made = fitting();
    const json::Value* properties = schema_.find("properties");
    if (properties && !properties->members().empty() && !one_in(3)) {
        const auto& known = properties->members();
        made.set(known[below(known.size())].name, anything(1));
    } else {
        made.set(text(20), anything(1));
    }
    return made;
}

}  // namespace mcp_auth::validate
