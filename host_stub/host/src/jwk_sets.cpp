#include "jwk_sets.hpp"

#include "metadata_cache.hpp"
#include "metadata_chain.hpp"
#include "url.hpp"

#include <chrono>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::string_view leg = "jwks";
constexpr std::size_t max_set_bytes = 256 * 1024;  // L3, as of all metadata
constexpr int max_redirects = 3;                   // L2
constexpr std::chrono::seconds between_fetches{60};

Result<json::Value> read(const std::string& url, const HttpResponse& answer) {
    const auto parsed_url = Url::parse(url);
    const std::string origin = parsed_url ? parsed_url->origin() : std::string("the issuer");
    const auto fault = [&](Status status, std::string what) {
        Error error(status, std::string(leg), "the keys of " + origin + ": " + std::move(what));
        error.http_status = answer.status;
        return error;
    };
    if (answer.status != 200) {
        const bool later = answer.status >= 500 || answer.status == 429 || answer.status == 408;
        return fault(later ? Status::unavailable : Status::protocol,
                     "answered " + std::to_string(answer.status));
    }
    auto set = json::parse(answer.body, {max_set_bytes, 32});
    if (!set) return fault(Status::protocol, "not usable JSON: " + set.error().message);
    const json::Value* const keys = set->find("keys");
    if (keys == nullptr || !keys->is_array())
        return fault(Status::protocol, "not a JWK Set (RFC 7517 5): no array \"keys\"");
    return std::move(*set);
}

}  // namespace

Result<JwkSetPointer> JwkSets::fetch(const std::string& url, const Trace& trace,
                                     const Bounds& bounds) {
    HttpRequest request;
    request.url = url;
    request.headers = {{"Accept", "application/jwk-set+json, application/json"}};
    request.max_response_bytes = max_set_bytes;
    request.max_redirects = max_redirects;
    const auto answer = send_leg(http_, request, leg, trace, bounds);
    if (!answer) return answer.error();
    auto parsed = read(url, *answer);
    if (!parsed) return std::move(parsed).error();
    auto set = std::make_shared<const json::Value>(std::move(*parsed));
    const auto now = clock_.now();
    const std::lock_guard lock(mutex_);
    entries_[url] = {set, now, now + metadata_lifetime(fresh_for(*answer))};
    return JwkSetPointer(std::move(set));
}

Result<JwkSetPointer> JwkSets::get(const std::string& url, const Trace& trace,
                                   const Bounds& bounds) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(url);
        if (found != entries_.end() && clock_.now() < found->second.fresh_until)
            return found->second.set;
    }
    return fetch(url, trace, bounds);
}

Result<JwkSetPointer> JwkSets::newer_than(const JwkSetPointer& known, const std::string& url,
                                          const Trace& trace, const Bounds& bounds) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(url);
        if (found != entries_.end()) {
            const Entry& entry = found->second;
            if (entry.set != known) return entry.set;  // somebody else's fetch
            if (clock_.now() < entry.fetched + between_fetches) return known;
        }
    }
    return fetch(url, trace, bounds);
}

}  // namespace mcp_auth::host
