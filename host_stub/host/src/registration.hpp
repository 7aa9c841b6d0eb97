// Which client a configuration without an id is at one authorization server (protocol.md C7), and
// the registrations that are kept: per issuer, never used at another (C3).
#pragma once

#include "registration_exchange.hpp"

#include <mcp_auth/host/store.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mcp_auth::host {

// A configured client at one server.
struct ClientAt {
    const std::string& provider;  // the entry of "providers"
    const ClientConfig& configured;
    const ServerMetadata& server;
};

class Registration {
public:
    // Told when a client was registered in the place of another, or forgotten: what the issuer
    // gave the former one is void.
    using Replaced = std::function<void(const std::string& provider, const std::string& issuer)>;

    Registration(HttpTransport& http, SkewedClock& clock, Store& store, Replaced replaced)
        : exchange_(http, clock), clock_(clock), store_(store), replaced_(std::move(replaced)) {}

    struct Known {
        ClientConfig client;  // with id, and the secret that this server gave
        bool registered = false;
        RegistrationRequest asked;  // of a registered one
        std::string replaced;       // the id of the one that it took the place of just now
    };
    // The metadata document where the server supports it, else what is registered. With `asked`
    // it is registered if need be, and anew if it was for less: once for all who ask at the same
    // time, in other processes too. Without, nothing is sent; nothing comes back while it has yet
    // to be registered.
    // Errors: misconfigured (a document that the server does not support, and nothing else); of
    // RegistrationExchange::run; of the store.
    Result<std::optional<Known>> known(const ClientAt& at, const RegistrationRequest* asked,
                                       const Trace& trace, const Bounds& bounds);

    // Whether `id` is what this client is at `issuer`, as far as is known without asking there: its
    // metadata document, or what is registered.
    Result<bool> is_known_as(const std::string& provider, const ClientConfig& configured,
                             const std::string& issuer, const std::string& id);

    // The server no longer knows `id`. Does nothing if another was registered in the meantime.
    Result<void> forget(const ClientAt& at, const std::string& id, const Bounds& bounds);

private:
    Result<std::optional<RegisteredClient>> kept(const std::string& key, const std::string& issuer);
    // `replaced`: the former one's id, if there was one.
    Result<RegisteredClient> registered(const ClientAt& at, const RegistrationRequest& asked,
                                        std::string& replaced, const Trace& trace,
                                        const Bounds& bounds);

    RegistrationExchange exchange_;
    SkewedClock& clock_;
    Store& store_;
    const Replaced replaced_;
};

}  // namespace mcp_auth::host
