// Settings that nobody would think of, from a seed: what a schema allows, and what it does not.
#pragma once

#include <mcp_auth/json.hpp>

#include <cstdint>
#include <random>
#include <string>

namespace mcp_auth::validate {

class SettingsMaker {
public:
    // `schema`: of the settings; empty: none.
    SettingsMaker(const std::string& schema, std::uint64_t seed);

    // By the properties that the schema knows, mostly as it describes them: whether it allows the
    // whole is for its checker to say.
    json::Value fitting();
    // One of those with something changed, or anything at all.
    json::Value unfitting();

private:
    std::size_t below(std::size_t limit);
    bool one_in(std::size_t n) { return below(n) == 0; }
    std::string text(std::size_t longest);
    json::Value anything(int depth);
    json::Value by(const json::Value& schema, int depth);

    json::Value schema_;
    std::mt19937_64 random_;
};

}  // namespace mcp_auth::validate
