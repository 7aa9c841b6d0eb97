// An acquisition that is gone through for real, but for what it would send. It has the host's own
// network for metadata; where a request would carry a credential, would register a client or is a
// plugin's own, there is a transport that notes what it was asked and refuses, and so does the
// browser. So every check in front of that is the one of a real acquisition.
#pragma once

#include "host_state.hpp"

#include <mcp_auth/host/http.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host {

class Rehearsal {
public:
    // A document that was asked for.
    struct Lookup {
        std::string url;
        int status = 0;     // of HTTP; 0: no answer
        std::string fault;  // why none
    };
    // A request that was built and not sent, or a page that was not opened ("browser").
    struct Unsent {
        std::string method, url;
        // Of a form or a page's query; a value only where it is none of a credential (L4).
        std::vector<std::pair<std::string, std::string>> fields;
        std::string authentication;  // the client's, as `method` in the configuration
    };

    explicit Rehearsal(std::shared_ptr<Clock> clock);

    // For HostState::open, and its options.
    std::shared_ptr<Browser> browser() const;
    Wires wires(const std::shared_ptr<HttpTransport>& network) const;

    // Since they were last taken.
    std::vector<Lookup> take_lookups();
    std::vector<Unsent> take_unsent();
    // By how many seconds servers' clocks are ahead of this one: the largest difference seen, and
    // whose. Nothing when no server said.
    struct Skew {
        std::int64_t seconds = 0;
        std::string origin;
    };
    std::optional<Skew> skew() const;

    struct Notes;

private:
    std::shared_ptr<Notes> notes_;
};

}  // namespace mcp_auth::host
