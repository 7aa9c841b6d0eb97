// The administrator's configuration: read, checked against its schema, and merged.
#pragma once

#include "plugin_policy.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {

struct Environment;

// A Secret that is copied with the entry that it stands in, and wiped wherever another one takes
// its place (L5).
class Literal : public Secret {
public:
    Literal() = default;
    Literal(Secret&& secret) noexcept : Secret(std::move(secret)) {}
    Literal(const Literal& other) : Secret(other.clone()) {}
    Literal(Literal&& other) noexcept = default;
    Literal& operator=(const Literal& other) { return *this = Literal(other); }
    Literal& operator=(Literal&& other) noexcept = default;
    ~Literal() = default;
};

// Where a secret, a key or a subject comes from. Read by secret_reference.hpp when it is used.
struct SecretReference {
    enum class From { none, literal, env, file, command, session, application };
    From from = From::none;
    std::string name;  // variable, path (absolute, or relative to the configuration), session
    std::vector<std::string> command;  // argv; no shell
    Literal literal;                   // only from a file that nobody else can read
};

enum class ClientMethod {
    none,
    client_secret_basic,
    client_secret_post,
    private_key_jwt,
    tls_client_auth
};
std::string_view to_string(ClientMethod method) noexcept;

struct ClientConfig {
    std::string name;  // "idp", "mcp"
    std::string id;
    std::string issuer;          // empty: the connection's (for "mcp")
    std::string token_endpoint;  // empty: discovered
    std::optional<ClientMethod> method;
    SecretReference secret;
    SecretReference key;
    SecretReference certificate;
    std::string algorithm;                    // "alg"
    std::string key_id;                       // "kid"
    std::string assertion_audience;           // "audience": "issuer" (default) or "token_endpoint"
    bool basic_raw = false;                   // G2: Basic without form encoding
    std::string metadata_document;            // URL
    std::string redirect_uri;                 // on loopback; empty: any port, /callback
    std::optional<json::Value> registration;  // "register"

    // Whether using it sends something that only this client could make (C4): a secret or a key.
    bool has_credential() const noexcept;
};

struct SubjectConfig {
    std::string type;                // "id_token", "saml2", "refresh_token", "jwt", or a URN
    std::string token_type() const;  // as URN
    SecretReference from;
    std::vector<std::string> scopes;  // of a session: asked for at sign-in, besides openid
    // Of a session: what its tokens are bound to (RFC 9449). From a file and the like: the refresh
    // token outlives the process, and is worth nothing without it.
    SecretReference dpop_key;
    std::string dpop_algorithm;  // empty: what the key and the server have in common
};

// Which authorization servers a connection's grants and credentials may go to (C4).
struct IssuerRule {
    bool discovered = false;
    std::vector<std::string> allowed;  // bytes as written
    bool allows(std::string_view issuer) const noexcept;
};

struct TimeLimits {  // "time_limits", seconds in the file
    std::chrono::milliseconds connect{10'000};
    std::chrono::milliseconds request{30'000};       // one HTTP request, answer included
    std::chrono::milliseconds acquisition{60'000};   // all of one acquisition
    std::chrono::milliseconds interaction{300'000};  // the same, where a person is waited for
};

enum class DpopMode { automatic, required, off };
struct DpopConfig {
    DpopMode mode = DpopMode::automatic;
    SecretReference key;    // none: one is made, and gone with the process
    std::string algorithm;  // "alg"; empty: what key and servers have in common
};

struct ProviderConfig {
    std::string name;    // key of "providers"
    std::string plugin;  // id of a manifest
    std::map<std::string, ClientConfig> clients;
    std::optional<SubjectConfig> subject;
    json::Value settings = json::Value::object();
};

// A connection with its provider's entry laid under it.
struct ConnectionConfig {
    std::string name;
    std::string server;       // URL, or prefix ending in "/*"
    ProviderConfig provider;  // merged: clients, subject, settings
    IssuerRule issuer;
    std::vector<std::string> scopes;
    DpopConfig dpop;
    std::string discovery;              // "" or "2025-03-26" (Discovery::server_of_2025_03_26)
    bool resource_path_prefix = false;  // "resource_match": "path-prefix" (B2)
    bool send_resource = true;          // G1
    std::vector<std::string> origins;   // for http/1
    TimeLimits limits;

    bool is_prefix() const noexcept;
};

struct PolicyConfig {
    bool allow_http_loopback = false;
    std::vector<std::string> private_networks;  // CIDR
    std::string proxy;                          // URL; empty: none
    std::string ca_file, ca_directory;          // both empty: the system's
    std::string crl_file;                       // empty: nothing is looked up in revocation lists
    bool credentials_to_discovered_issuer = false;
};

struct PluginsConfig {
    std::vector<std::string> directories;
    TrustConfig trust;
};

// Where sign-ins are kept ("sessions"); by default the application says.
enum class SessionPlace { application, file, keyring };

struct Config {
    std::string path;  // file it came from; "(given)" for Options::config_json
    std::map<std::string, ProviderConfig> providers;
    std::vector<ConnectionConfig> connections;
    PolicyConfig policy;
    PluginsConfig plugins;
    SessionPlace sessions = SessionPlace::application;

    // The connection for a URL, most specific first: an exact URL, then the longest prefix. Null:
    // none.
    const ConnectionConfig* match(std::string_view server_url) const;
};

// Errors: misconfigured, leg "configuration"; the message names file, JSON pointer and what was
// expected. Refused as well: what this version cannot do yet (said by name), a connection whose
// provider is unknown, two connections for one URL, a client with a secret or key that belongs to
// no single issuer, or to a discovered one without the policy for it, a literal secret in a file
// that others can read. Relative paths of files are resolved against the file's directory.
// A secret's or key's variable, file or command is looked at when it is used, not here: it may come
// later, and rotate. A key that stands in the configuration itself is checked here, as is what its
// method does not use ("alg" without private_key_jwt).
// The file must be root's or the effective user's, and nobody else's to write; with raised
// privileges each directory on the way too, as for a plugin (trusted_file.hpp): whoever started the
// process may have named it.
Result<Config> load_config(const std::string& path);
Result<Config> parse_config(std::string_view text, const std::string& path, bool readable_by_others,
                            const std::string& base_directory);

// The path by design.md: argument, $MCP_AUTH_CONFIG, XDG, /etc. A process with raised privileges
// ignores environment and home. Errors: misconfigured, with the places that were tried.
Result<std::string> find_config(const std::string& argument);
Result<std::string> find_config(const std::string& argument, const Environment& environment);

}  // namespace mcp_auth::host
