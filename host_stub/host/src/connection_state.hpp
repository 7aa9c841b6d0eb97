// The way to one MCP server: what it published, and how tokens for it are come by.
#pragma once

#include "challenge.hpp"
#include "config.hpp"
#include "discovery.hpp"
#include "dpop.hpp"
#include "flight.hpp"
#include "granted.hpp"
#include "instance.hpp"
#include "metadata_cache.hpp"
#include "token_cache.hpp"
#include "url.hpp"
#include "user.hpp"

#include <mcp_auth/host/connection.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

class HostState;

// What was found out about one server, as one whole that never changes.
struct ServerContext {
    std::uint64_t serial = 0;  // the same for the same content: part of the cache key (H4)
    std::string resource;      // byte for byte as published
    std::string issuer;        // allowed by the administrator
    ServerPointer server;
    DpopTerms dpop;  // H4: its key's thumbprint, and whether a token must be bound to it
    JwsAlgorithm dpop_algorithm = JwsAlgorithm::es256;  // of proofs for this server
    std::string scope;      // I1: challenged, else configured, else published; sorted
    std::string challenge;  // raw
};
using ContextPointer = std::shared_ptr<const ServerContext>;

// What one caller wants.
struct Demand {
    std::shared_ptr<UserState> user;  // never null
    std::string scope;                // explicit; empty: remembered step-up, else the context's
    mcp_auth_reason reason = MCP_AUTH_REASON_FIRST;
    bool settled = false;         // `scope` is what the key says, even if it is empty
    std::uint64_t sign_outs = 0;  // of the user's session when it was asked for
    bool interaction = false;     // a browser may be opened for it
    bool acquired = false;        // out: an acquisition was waited for
};

class ConnectionState : public std::enable_shared_from_this<ConnectionState> {
public:
    ConnectionState(std::shared_ptr<HostState> host, const ConnectionConfig& config, Url server,
                    std::shared_ptr<Instance> instance);

    const ConnectionConfig& config() const noexcept { return config_; }
    const Url& server() const noexcept { return server_; }
    HostState& host() const noexcept { return *host_; }
    Instance& instance() const noexcept { return *instance_; }

    // Same origin and the same path, byte for byte; any query.
    bool covers(std::string_view url) const;

    // Null until the server's metadata is known.
    ContextPointer context() const;
    // Whether a token has to be sent: its metadata is known, or a challenge arrived. Not after one
    // that led nowhere, until there is another.
    bool protected_server() const;

    // A challenge arrived. `token`: the one that was shown; null: none was. Drops what it proves
    // wrong: the token if it is still the current one, and then the metadata (I3, B5).
    void challenged(const Demand& demand, const std::optional<Challenge>& challenge,
                    const TokenEntry* token);
    // Drops this token if it is still the current one.
    bool drop(const Demand& demand, const TokenEntry* token);

    // Drops every token that `issuer` gave to the client of the provider entry `provider`.
    void drop_tokens(const std::string& provider, const std::string& issuer);

    // A token: cached, or of the acquisition under way, or of a new one.
    Result<TokenPointer> obtain(Demand& demand, const Bounds& bounds);
    // The same without waiting: `done` runs when it is there, on the finishing thread or at once.
    void obtain_async(const Demand& demand, std::function<void(Result<TokenPointer>)> done);
    TokenPointer cached(const std::shared_ptr<UserState>& user) const;

    // J2: what shows `token` with this one request: nothing for a Bearer token, else a fresh proof.
    Result<Headers> proof(const TokenEntry& token, std::string_view method, std::string_view url);
    // Keeps the nonce that the server gives with an answer, whatever its status. False: it gives
    // none.
    bool keep_nonce(const Headers& response_headers);

    // The union of a step-up is remembered per user (I2).
    void remember_scope(UserState& user, const std::string& scope);

    Result<GrantedAssertion> assertion(const AssertionRequest& request,
                                       const std::shared_ptr<UserState>& user, const Bounds& bounds,
                                       bool interaction);

    // The user whose session and source count: the caller's, or the configured subject's.
    std::shared_ptr<UserSession> session(UserState& user) const;
    Result<std::shared_ptr<UserState>> user_of(const std::optional<User>& user) const;
    // The same, held by `user` or the host: readers on several cores would all want to count the
    // references of one user. Null: nobody was named, and the configuration names nobody.
    const std::shared_ptr<UserState>* known_user(const std::optional<User>& user) const noexcept;
    Bounds bounds_of(const Wait& wait) const;
    // Whether a browser may be opened: the caller allows it, and the provider may want it.
    bool interactive(const Wait& wait) const noexcept;

private:
    struct Start {
        TokenPointer token;                   // it was there
        std::shared_ptr<TokenFlight> flight;  // else wait for this
        Error error;                          // else why not
    };
    Start start(const Demand& demand);
    TokenPointer recent(const Demand& demand) const;
    TokenKey key(const ContextPointer& context, const UserSession& session,
                 std::uint64_t generation, std::string_view scope) const;
    std::string effective_scope(const Demand& demand, const UserSession& session,
                                const ContextPointer& context) const;
    // Renews in the background at `when`, if the slot's token is in use by then (not before: a
    // token that nobody asks for is not renewed).
    void renew_at(Deadline when, const Demand& demand, const std::shared_ptr<TokenSlot>& slot);
    // Lets go of the slot's token then, unless another has taken its place (L5).
    void expire_at(Deadline when, const std::shared_ptr<TokenSlot>& slot);
    std::chrono::milliseconds time_for(bool interaction) const noexcept;
    void land(const Demand& demand, const std::shared_ptr<TokenSlot>& slot,
              const std::shared_ptr<TokenFlight>& flight, Result<TokenPointer> result);
    // Sees that the flight is run on the pool, and lands it there or here.
    void launch(const Demand& demand, const std::shared_ptr<TokenSlot>& slot,
                const std::shared_ptr<TokenFlight>& flight);
    void run(const Demand& demand, const std::shared_ptr<TokenSlot>& slot,
             const std::shared_ptr<TokenFlight>& flight);
    // One acquisition by the provider (acquisition.cpp).
    // `generation` in and out: of the user's session, whose token it is (D4).
    Result<TokenPointer> acquire(const Demand& demand, const ContextPointer& context,
                                 const Trace& trace, Deadline deadline, std::uint64_t& generation);
    // The same, landed where it belongs.
    void acquire_into(const std::shared_ptr<TokenSlot>& slot,
                      const std::shared_ptr<TokenFlight>& flight, const Demand& demand,
                      const ContextPointer& context, const TokenKey& key, const Trace& trace,
                      Deadline deadline);
    // `wall`: as whoever granted it has it.
    Result<TokenPointer> checked(GrantedToken granted, std::string_view asked, std::int64_t wall,
                                 const DpopTerms& dpop) const;

    // Whether, with which key and how it is proved that a token is ours (connection_dpop.cpp).
    Result<void> settle_dpop(const std::optional<Challenge>& challenge,
                             const ResourceMetadata& resource, ServerContext& context,
                             const Bounds& bounds);
    Result<std::shared_ptr<const SigningKey>> dpop_key(const Bounds& bounds);

    ContextPointer fresh_context() const;
    // The server's metadata, discovered by the first who asks.
    Result<ContextPointer> discover(const Trace& trace, const Bounds& bounds);
    Result<ContextPointer> discover_now(const std::optional<Challenge>& challenge,
                                        const Trace& trace, const Bounds& bounds);

    const std::shared_ptr<HostState> host_;
    const ConnectionConfig& config_;  // of the host's configuration
    const Url server_;
    const std::shared_ptr<Instance> instance_;
    const std::uint64_t serial_;  // never given twice; in keys: "metadata not known yet"
    // Of what decides which slot a user's token is in: the context, remembered step-ups.
    std::atomic<std::uint64_t> version_{0};

    mutable std::mutex mutex_;
    ContextPointer context_;
    Deadline context_fresh_until_{};  // from here it is discovered anew before it is used
    std::shared_ptr<const SigningKey> own_dpop_key_;  // made here; null: not needed yet
    std::string dpop_nonce_;                          // the server's last (J3)
    std::optional<Challenge> challenge_;              // the last, for discovery and scope
    bool challenged_ = false;
    bool asks_anew_ = false;  // the last challenge led nowhere: a request without a token gets one
    std::shared_ptr<Flight<ContextPointer>> discovery_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> stepped_up_;
};

}  // namespace mcp_auth::host
