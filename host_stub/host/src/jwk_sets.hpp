// The keys that issuers publish at their jwks_uri (RFC 7517 5), kept with a lifetime.
//
//     auto keys = sets.get(url, trace, bounds);                 // known and fresh, or fetched now
//     if (verify(**keys) == JwsVerdict::unknown_key)
//         keys = sets.newer_than(*keys, url, trace, bounds);    // rotated: fetched anew, once
#pragma once

#include "trace.hpp"

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace mcp_auth::host {

using JwkSetPointer = std::shared_ptr<const json::Value>;

// Any thread.
class JwkSets {
public:
    JwkSets(HttpTransport& http, Clock& clock) : http_(http), clock_(clock) {}

    // `url` is one that may be asked (published_endpoint). Errors, leg "jwks": unavailable,
    // misconfigured (TLS, policy), protocol (not a key set).
    Result<JwkSetPointer> get(const std::string& url, const Trace& trace, const Bounds& bounds);

    // A set that was fetched after `known`; `known` itself if it was fetched in the last minute:
    // whoever invents key ids must not make this host ask again and again. Errors: as above.
    Result<JwkSetPointer> newer_than(const JwkSetPointer& known, const std::string& url,
                                     const Trace& trace, const Bounds& bounds);

private:
    struct Entry {
        JwkSetPointer set;
        Deadline fetched{}, fresh_until{};
    };
    Result<JwkSetPointer> fetch(const std::string& url, const Trace& trace, const Bounds& bounds);

    HttpTransport& http_;
    Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace mcp_auth::host
