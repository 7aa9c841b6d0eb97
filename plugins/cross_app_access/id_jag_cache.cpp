#include "id_jag_cache.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/scope.hpp>

#include <initializer_list>

namespace mcp_auth::cross_app_access {

namespace {

constexpr std::int64_t single_use_life = 30 * 24 * 3600;

// A JSON array: no two lists of parts have one spelling. Nothing in it is secret.
std::string key_of(std::initializer_list<std::string_view> parts) {
    json::Value key = json::Value::array();
    for (const auto part : parts) key.push(part);
    return key.dump();
}

}  // namespace

IdJagCache::IdJagCache(plugin::Call& call, std::string_view client,
                       const plugin::AssertionRequest& wanted, std::string_view provider,
                       bool usable)
    : call_(call),
      client_(client),
      id_jag_key_(
          key_of({"id-jag", provider, wanted.audience, wanted.resource,
                  plugin::scope_canonical(wanted.scope), wanted.client_id, wanted.dpop_jkt})),
      single_use_key_(key_of({"single-use", wanted.audience})),
      usable_(usable) {}

std::optional<IdJag> IdJagCache::load(std::int64_t leeway) {
    if (single_use()) return std::nullopt;
    const auto value = entry(id_jag_key_);
    if (value.empty()) return std::nullopt;
    const auto kept = json::parse(value);
    if (!kept || kept->string("assertion").empty()) return std::nullopt;
    const json::Value* member = kept->find("expires_at");
    const auto expires_at = member ? member->as_integer() : std::nullopt;
    if (!expires_at || *expires_at - leeway <= call_.now()) return std::nullopt;
    return IdJag{call_.keep(std::string(kept->string("assertion"))),
                 std::string(kept->string("scope")), std::string(kept->string("issuer")),
                 *expires_at, true};
}

void IdJagCache::save(const IdJag& id_jag) {
    if (id_jag.expires_at == 0 || single_use()) return;
    json::Value kept = json::Value::object();
    kept.set("assertion", id_jag.assertion)
        .set("scope", id_jag.scope)
        .set("issuer", id_jag.issuer)
        .set("expires_at", id_jag.expires_at);
    put(id_jag_key_, call_.keep(kept.dump()), id_jag.expires_at);
}

void IdJagCache::forget() {
    put(id_jag_key_, {}, 0);
}

bool IdJagCache::single_use() {
    if (!single_use_) single_use_ = !entry(single_use_key_).empty();
    return *single_use_;
}

void IdJagCache::learn_single_use() {
    call_.log(plugin::Level::info, "the authorization server takes each id_jag once");
    single_use_ = true;
    put(single_use_key_, "1", call_.now() + single_use_life);
}

std::string_view IdJagCache::entry(std::string_view key) {
    if (!usable_) return {};
    const auto value = call_.load(client_, key);
    if (value) return *value;
    call_.log(plugin::Level::warning, "the store could not be read");
    return {};
}

void IdJagCache::put(std::string_view key, std::string_view value, std::int64_t expires_at) {
    if (!usable_) return;
    if (const auto saved = call_.save(client_, key, value, expires_at); !saved)
        call_.log(plugin::Level::warning, "the store could not be written");
}

}  // namespace mcp_auth::cross_app_access
