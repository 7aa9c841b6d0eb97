// The identity provider's clients: the one that its administrator entered, and, where the
// enterprise is set up so (Options::open_registration), those that register themselves (RFC 7591)
// and those that publish what they are (draft-ietf-oauth-client-id-metadata-document).
#pragma once

#include "http.hpp"
#include "party.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::demo {

struct KnownClient {
    Client client;
    std::vector<std::string> redirect_uris;  // exactly these; empty: on loopback, with any port
    std::vector<std::string> grants;         // empty: all that there are

    bool may_be_answered_at(const std::string& redirect_uri) const;
    bool may_use(const std::string& grant) const;
};

// Any thread.
class ClientDirectory {
public:
    explicit ClientDirectory(const Party& party) : party_(party) {}

    // May fetch a document, over TLS and from this machine alone.
    std::optional<KnownClient> find(const std::string& id) const;
    // Who a request says that it comes from: the configured client where it says nothing.
    std::optional<KnownClient> claimed_by(const RecordedRequest& request, const Form& form) const;

    Answer register_client(const RecordedRequest& request);
    void forget_registered();

private:
    std::optional<KnownClient> by_document(const std::string& url) const;

    const Party& party_;
    mutable std::mutex mutex_;
    std::map<std::string, KnownClient> registered_;
};

}  // namespace mcp_auth::demo
