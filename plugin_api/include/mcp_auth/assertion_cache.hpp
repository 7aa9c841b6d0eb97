// mcp_auth/assertion_cache.hpp - assertions that may be shown again while they last, and which
// authorization servers want each one once (design.md "Single use").
//
//     plugin::AssertionCache cache(call, "idp", request, "", keeps_);
//     if (auto kept = cache.load(leeway)) return *kept;
//     ...
//     cache.save(*minted);
//
// For a provider of assertion/1, and for one that redeems. What the store cannot do is logged and
// never fails an acquisition. Nothing throws but std::bad_alloc.
#pragma once

#include <mcp_auth/kept_entry.hpp>
#include <mcp_auth/plugin.hpp>
#include <mcp_auth/scope.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::plugin {

// What is kept for one request. The key holds all that the assertion is bound to, so that none
// reaches another authorization server, client or resource, or has another scope (C3, F5).
class AssertionCache {
public:
    // `client`: whose store it is (kept_entry.hpp). `source`: whatever tells two ways to an
    // assertion apart, such as the name of a peer; not a secret. Not `usable`: it never holds
    // anything.
    AssertionCache(Call& call, std::string_view client, const AssertionRequest& wanted,
                   std::string_view source, bool usable)
        : call_(call),
          reason_(wanted.reason),
          assertion_(call, client,
                     {"assertion", source, wanted.audience, wanted.resource,
                      scope_canonical(wanted.scope), wanted.client_id, wanted.dpop_jkt},
                     usable),
          single_use_entry_(call, client, {"single-use", wanted.audience}, usable) {}

    // Nothing where this server wants single use, where it expires within `leeway` seconds, and
    // where the request says that what came of it was refused: the same would lead to the same
    // token. Check what it gives like a new one: configuration may have changed since.
    std::optional<Assertion> load(std::int64_t leeway) {
        const bool refused = reason_ != Reason::first && reason_ != Reason::expiring;
        if (refused || single_use()) return std::nullopt;
        const json::Value kept = assertion_.load();
        const json::Value* member = kept.find("expires_at");
        const auto expires_at = member ? member->as_integer() : std::nullopt;
        if (!expires_at || *expires_at - leeway <= call_.now()) return std::nullopt;
        const auto text = [&](const char* name) {
            return call_.keep(std::string(kept.string(name)));
        };
        const Assertion found{text("assertion"), text("token_type"), text("issuer"), text("scope"),
                              *expires_at};
        if (found.assertion.empty()) return std::nullopt;
        return found;
    }

    // One whose expiry is not known is not kept, nor one for a server that wants single use.
    void save(const Assertion& assertion) {
        if (assertion.expires_at == 0 || single_use()) return;
        assertion_.save(json::Value::object()
                            .set("assertion", assertion.assertion)
                            .set("token_type", assertion.token_type)
                            .set("issuer", assertion.issuer)
                            .set("scope", assertion.scope)
                            .set("expires_at", assertion.expires_at),
                        assertion.expires_at);
    }

    // The authorization server refused it: it is not shown again.
    void forget() { assertion_.forget(); }

    // Learned per user and authorization server, and forgotten after a month: servers change.
    bool single_use() {
        if (!single_use_) single_use_ = !single_use_entry_.load().is_null();
        return *single_use_;
    }
    // When one that was shown before was refused and a fresh one was taken, and only then: this
    // order of events alone tells it from a server that refuses for another reason.
    void learn_single_use() {
        constexpr std::int64_t month = 30 * std::int64_t{24} * 3600;
        single_use_ = true;
        single_use_entry_.save(json::Value::object().set("single_use", true), call_.now() + month);
        forget();
    }

private:
    Call& call_;
    const Reason reason_;
    KeptEntry assertion_, single_use_entry_;
    std::optional<bool> single_use_;
};

}  // namespace mcp_auth::plugin
