// mcp_auth/settings.hpp - reading what an administrator wrote under "settings".
//
//     std::string audience;
//     std::int64_t leeway = 60;
//     plugin::SettingsReader read(instance.settings);
//     read.text("audience", audience);
//     read.seconds("clock_leeway", leeway, 0, 300);
//     if (!read.outcome()) return read.outcome().error();
//
// The host has checked the object by the manifest's schema; this refuses what the schema would
// have. An absent key leaves the variable as it was. Nothing throws but std::bad_alloc.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::plugin {

class SettingsReader {
public:
    // `settings` lives as long.
    explicit SettingsReader(const json::Value& settings) : settings_(settings) {}

    // The first fault. Errors: misconfigured, leg "settings", naming the key and what it must be.
    const Result<void>& outcome() const noexcept { return outcome_; }

    // A text that is not empty.
    void text(std::string_view key, std::string& into) {
        const json::Value* value = settings_.find(key);
        if (!value) return;
        const std::string* text = value->as_string();
        if (!text || text->empty()) return refuse(key, "a text that is not empty");
        into = *text;
    }

    void flag(std::string_view key, bool& into) {
        const json::Value* value = settings_.find(key);
        if (!value) return;
        const auto flag = value->as_bool();
        if (!flag) return refuse(key, "true or false");
        into = *flag;
    }

    void seconds(std::string_view key, std::int64_t& into, std::int64_t least, std::int64_t most) {
        const json::Value* value = settings_.find(key);
        if (!value) return;
        const auto seconds = value->as_integer();
        if (!seconds || *seconds < least || *seconds > most)
            return refuse(key, "a whole number of seconds from " + std::to_string(least) + " to " +
                                   std::to_string(most));
        into = *seconds;
    }

    // A list of some of `known`, which are names and what they stand for: each at most once, in
    // the administrator's order, not empty. `into` gets what they stand for.
    using Name = std::pair<std::string_view, std::string_view>;
    void names(std::string_view key, std::initializer_list<Name> known,
               std::vector<std::string>& into) {
        if (!settings_.find(key)) return;
        const auto names = settings_.strings(key);
        std::vector<std::string> read;
        for (const auto& name : names ? *names : std::vector<std::string>{}) {
            const auto* found = std::find_if(known.begin(), known.end(),
                                             [&](const Name& one) { return one.first == name; });
            if (found == known.end() ||
                std::find(read.begin(), read.end(), found->second) != read.end()) {
                read.clear();
                break;
            }
            read.emplace_back(found->second);
        }
        if (!read.empty()) {
            into = std::move(read);
            return;
        }
        std::string expected = "an array of ";
        for (const Name& one : known) expected += '"' + std::string(one.first) + "\", ";
        refuse(key, expected + "each at most once, best first");
    }

private:
    void refuse(std::string_view key, std::string_view expected) {
        if (outcome_)
            outcome_ = Error(Status::misconfigured, "settings",
                             "settings/" + std::string(key) + " must be " + std::string(expected));
    }

    const json::Value& settings_;
    Result<void> outcome_;
};

}  // namespace mcp_auth::plugin
