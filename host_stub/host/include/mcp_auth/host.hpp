// mcp_auth/host.hpp - what an MCP host links to get access tokens from authentication plugins.
//
//     auto host = mcp_auth::Host::open({});                         // configuration, manifests
//     if (!host) return report(host.error());
//     auto chat = host->connection("https://mcp.chat.example/mcp"); // what the configuration says
//     of it
//
//     auto call = chat->request();                                  // one MCP request
//     do {
//         auto headers = call.authorize("POST", url);               // none yet, or Authorization:
//         ... if (!headers) return report(headers.error()); response = send(*headers);
//     } while (call.again(response.status, response.headers));      // 401, 403; bounded; never
//     blocks if (call.error()) return report(*call.error());
//
// Every handle is cheap to copy and safe to use from any thread, but one Request belongs to one
// thread at a time. Handles outlive the Host and answer `cancelled` after close(). Nothing throws.
// C++17; no Poco, OpenSSL, Boost or JSON type is named.
#pragma once

#include <mcp_auth/host/audit.hpp>
#include <mcp_auth/host/browser.hpp>
#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/connection.hpp>
#include <mcp_auth/host/diagnosis.hpp>
#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/host/metrics.hpp>
#include <mcp_auth/host/options.hpp>
#include <mcp_auth/host/plugin_signing.hpp>
#include <mcp_auth/host/sign_in.hpp>
#include <mcp_auth/host/store.hpp>
#include <mcp_auth/host/token.hpp>
#include <mcp_auth/host/user.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth {

namespace host {
class HostState;
}

// One plugin that was found: loaded, or refused and why.
struct PluginReport {
    std::string id;  // empty when the manifest could not be read
    std::string version;
    std::string vendor;
    std::string manifest;  // path
    std::string library;   // path
    std::string sha256;    // of the library, refused or not; empty where it was not looked at
    // What let it in: "owner", "allowlist: FILE at /plugins/0", "signed: KEY FILE", "built in"; of
    // the configuration's policy and the system's both, divided by "; ". Empty: nothing did.
    std::string rule;
    std::vector<std::string> roles;
    std::vector<std::string> used_by;  // names of "providers" entries
    bool loaded = false;
    bool shadowed = false;  // an earlier directory has the same id
    std::optional<Error> refused;
};

class MCP_AUTH_HOST_API Host {
public:
    // Reads the configuration and the manifests, checks both, loads the plugins that the
    // configuration uses, creates their providers. Sends nothing. Blocks for disk only.
    // Errors: misconfigured (the message names file, JSON pointer and what was expected).
    // A plugin that is refused fails only the connections that need it, when they are asked for.
    // Open after fork().
    static Result<Host> open(Options options);

    // The connection that the configuration has for this URL; the most specific match wins.
    // Errors: misconfigured (no connection matches, or its plugin was refused, and why),
    // invalid_argument (not a URL), cancelled (closed).
    Result<Connection> connection(std::string_view server_url) const;

    // The user with this id (a gateway's own name for them, such as "tenant7/alice"). The same id
    // gives the same user; a later source replaces the former. `source` is asked, from any
    // thread, for that user's assertion when one is needed.
    User user(std::string_view id, SubjectSource source) const;

    // Single sign-on (sign_in.hpp). Blocks while the user signs in, within `bounds` (five minutes
    // when they have no deadline). Signing in as somebody else begins anew: nothing that was
    // derived for the former user is used any more.
    // Errors: invalid_argument (there are several sessions, or none of that name), misconfigured
    // (the configuration has no session), denied, interaction_required, and those of the legs
    // "authorization", "device_authorization", "token", "id_token".
    Result<SignedIn> sign_in(const SignIn& how, const Bounds& bounds) const;
    // Who is signed in; nothing: nobody. Blocks for disk only, or the keyring.
    Result<std::optional<SignedIn>> signed_in(const SessionChoice& which = {}) const;
    // Forgets the session and all that was derived, then asks the identity provider to take the
    // refresh token back, as far as it can. No late write brings anything back.
    Result<SignedOut> sign_out(const SessionChoice& which, const Bounds& bounds) const;

    // Every plugin found, in search order: those loaded, those refused and why. Loads the ones
    // that no provider uses too, so it may take as long as open.
    std::vector<PluginReport> plugins() const;

    // What happened since open(): counts and latencies. Costs a few microseconds.
    Metrics metrics() const;

    // HTTP under this host's policy: TLS, time limits, caps, address rules (protocol.md L).
    std::shared_ptr<HttpTransport> transport() const;

    // Refuses new calls, cancels what runs, completes every asynchronous one with `cancelled`,
    // joins the pool, destroys the providers. Idempotent. The destructor of the last handle does
    // the same. Not from a callback of this library.
    void close();

private:
    explicit Host(std::shared_ptr<host::HostState> state);
    std::shared_ptr<host::HostState> state_;
};

}  // namespace mcp_auth
