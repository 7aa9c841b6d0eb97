// mcp_auth/testing/duty.hpp - which obligation of a plugin (plugin_api/README.md) a violation
// breaks.
#pragma once

#include <string>

namespace mcp_auth::testing {

enum class Duty {
    descriptor,             // the entry and what it gives
    roles,                  // extension answers for the descriptor's roles, and for no other id
    create,                 // a provider, or a failure that says why
    sizes,                  // every struct says its size
    answer,                 // OK means one answer, in its own sink, that is not empty
    no_answer,              // a failure means none
    status,                 // one of the table, and the same in the failure
    secrecy,                // no secret in a log, a failure or a URL
    text,                   // UTF-8, of memory that still lives
    client_authentication,  // is the host's
    call,                   // is used until the function returns, no longer, and never without one
    thread,                 // on the thread that it came on
    unwinding,              // no service in a catch block or during unwinding
    service,                // a service is used as its header says
    script,                 // none of the plugin's: the test has not said what to answer
};

struct Violation {
    Duty duty = Duty::service;
    std::string text = {};
};

// Where a secret shows that must not (L4).
struct Leak {
    enum class Place { log, failure, url, store_key };
    Place place = Place::log;
    std::string where = {};  // "a log event"
};

// A service of the fake host, as a plugin called it in a call that runs.
struct ServiceCall {
    std::string service = {};   // MCP_AUTH_SERVICE_OAUTH, ...
    std::string function = {};  // "token_request", ...
    std::string about = {};     // the client, the provider, the accepted types, "GET https://..."
    std::size_t number = 0;     // of all in this host, from 0
};

// "mcp.auth.oauth/1 token_request (mcp)"
inline std::string to_string(const ServiceCall& called) {
    return called.service + " " + called.function +
           (called.about.empty() ? "" : " (" + called.about + ")");
}

}  // namespace mcp_auth::testing
