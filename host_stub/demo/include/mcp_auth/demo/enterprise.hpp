// mcp_auth/demo/enterprise.hpp - a whole enterprise on loopback (protocol.md M): an identity
// provider, an authorization server and a protected MCP server, over TLS, with real signatures.
//
//     auto enterprise = mcp_auth::demo::Enterprise::start({});
//     if (!enterprise) return report(enterprise.error());
//     (*enterprise)->sign_in({.user = "alice"});                  // writes the ID token's file
//     auto config = (*enterprise)->write_configuration();         // what a host needs: a path
//     auto host = mcp_auth::Host::open({.config_file = *config});
//     ... host->connection((*enterprise)->mcp_url()) ...
//
// It judges the host, so it shares nothing with it but Result: other parsers, other crypto. Its
// servers listen on 127.0.0.1 alone. The users, and what the enterprise's policy says of them:
//
//     alice    may have chat.read, chat.write, chat.admin
//     bob      has no access to the chat server       access_denied
//     carol    chat.read only: the rest is narrowed away
//     mallory  locked since she signed in             invalid_grant
#pragma once

#include <mcp_auth/demo/quirks.hpp>
#include <mcp_auth/demo/wire.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace Poco::JSON {
class Object;  // include <Poco/JSON/Object.h> to change a document
}

namespace mcp_auth::demo {

enum class ClientMethod {
    none,
    client_secret_basic,
    client_secret_post,
    private_key_jwt,
    tls_client_auth,  // RFC 8705; with Options::tls alone
};

struct Client {
    std::string id{};
    ClientMethod method = ClientMethod::client_secret_basic;
    std::string secret{};  // empty: made at start, with characters that Basic must encode (G2)
    // Of private_key_jwt: the algorithm that is registered, and the private key (PEM; empty: made
    // at start), of which the server knows the public part.
    std::string algorithm = "ES256";
    std::string key{};
    // Of tls_client_auth: made at start with its key, of the enterprise's authority, for this id.
    std::string certificate{};
};

// Nonces in DPoP proofs: none; good until expire_dpop_nonces(); good for one proof each.
enum class DpopNonces { none, reusable, single_use };

// One line of the policy table: what a user may ask for there.
struct PolicyRule {
    std::string user{};
    std::vector<std::string> scopes{};
    std::string audience{};  // empty: the demo's authorization server
    std::string resource{};  // empty: the demo's MCP server
};

struct Options {
    bool tls = true;                 // false: plain http, and a configuration that allows it
    std::string host = "localhost";  // in every URL; or "127.0.0.1", or what a proxy knows
    std::string directory{};  // for ca.pem, id_token, ...; empty: a new one under $TMPDIR (0700),
                              // removed when the enterprise goes
    struct Ports {            // 0: the system chooses
        std::uint16_t idp = 0, authorization_server = 0, mcp = 0, stranger = 0;
    } ports{};
    std::string authorization_server_path{};  // "/tenant1": an issuer with a path (C1)
    std::string idp_path{};

    Client idp_client{"host-at-idp", ClientMethod::client_secret_basic, {}};
    Client mcp_client{"host-at-chat", ClientMethod::client_secret_basic, {}};
    std::vector<PolicyRule> policy{};              // empty: as above
    std::vector<std::string> scopes{"chat.read"};  // of the connection in configuration()

    unsigned id_token_lifetime = 3600;  // seconds
    unsigned id_jag_lifetime = 300;     // at most 300
    unsigned token_lifetime = 3600;
    bool single_use = true;  // the authorization server refuses an ID-JAG shown twice
    bool dpop = false;       // every server demands DPoP (RFC 9449), and tokens are bound
    DpopNonces dpop_nonces = DpopNonces::none;
    // The identity provider takes clients that it does not know: those that register themselves
    // (RFC 7591), and those that publish a metadata document on this machine.
    bool open_registration = false;
    // The authorization server's page asks nobody and redirects at once, for alice.
    bool consent_at_once = false;
    bool sse = false;               // the MCP server answers requests as an event stream
    int success_status = 200;       // of the token endpoints' good answers; some peers say 201
    std::string password = "demo";  // of every user, at the IdP's sign-in page
    unsigned device_interval = 5;   // seconds between polls of the device flow
    Quirks quirks{};                // of some identity providers and authorization servers
    bool record = false;            // keep requests and secrets, for requests() and secrets()
    std::function<std::int64_t()> clock{};  // Unix seconds; empty: the system's
};

// What a sign-in leaves behind (protocol.md D2). A SAML assertion is base64url-encoded (RFC 8693 3)
// and not signed: the IdP, which alone has to believe it, knows the exact bytes that it issued.
enum class SubjectType { id_token, saml2, refresh_token };

struct SignIn {
    std::string user = "alice";
    std::int64_t lifetime = 0;  // seconds from now, negative: already expired; 0: Options's
    std::string audience{};     // empty: the host's client at the IdP
    std::string issuer{};       // empty: the IdP
    bool write = true;          // to subject_file(as); the configuration names that of the ID token
    SubjectType as = SubjectType::id_token;
};

// An ID-JAG as a vendor's broker beside the IdP would get it for a user, without an exchange.
struct IdJagOrder {
    std::string user = "alice";
    std::string scope = "chat.read";
    std::string client_id{};  // empty: the host's client at the authorization server
};

// What the platform that a workload runs on gives it: a JWT that the authorization server trusts.
struct WorkloadOrder {
    std::int64_t lifetime = 600;  // seconds from now, negative: already expired
    std::string issuer{};         // empty: the platform
    std::string subject{};        // empty: the one workload that is let in
    std::string audience{};       // empty: the authorization server
};

// Documents and answers that a test may change before they are sent.
enum class Document {
    idp_metadata,
    authorization_server_metadata,
    resource_metadata,
    exchange_response,
    sign_in_response,     // of the code, device and refresh grants
    redemption_response,  // successful ones, of every grant; errors come from a Script
};

class Enterprise {
public:
    // Listening when it returns. Errors: unavailable (a port is taken), misconfigured (the
    // directory cannot be written), internal.
    static Result<std::unique_ptr<Enterprise>> start(Options options);
    ~Enterprise();  // stops
    Enterprise(const Enterprise&) = delete;
    Enterprise& operator=(const Enterprise&) = delete;

    // Closes every connection and joins every thread. Idempotent.
    void stop();

    std::string idp_issuer() const;
    std::string authorization_server_issuer() const;
    std::string mcp_url() const;       // which is also the resource identifier
    std::string stranger_url() const;  // origin of the server that nobody configured
    std::string origin(Server server) const;
    const Client& idp_client() const;  // with the secret that was made
    const Client& mcp_client() const;

    std::string directory() const;
    std::string ca_file() const;                       // PEM
    std::string id_token_file() const;                 // 0600
    std::string subject_file(SubjectType type) const;  // likewise

    // An ID token signed by the IdP, a SAML assertion or a refresh token, as if the user had just
    // signed in. Errors: invalid_argument (no such user), misconfigured (cannot write).
    Result<std::string> sign_in(const SignIn& options = {});
    // Signed by the IdP, for the authorization server and the MCP server. Errors: invalid_argument.
    Result<std::string> issue_id_jag(const IdJagOrder& order = {});

    // Replaces workload_file(), as a platform does from time to time. Errors: misconfigured.
    Result<std::string> issue_workload_assertion(const WorkloadOrder& order = {});
    std::string workload_file() const;  // 0600

    // A host configuration (design.md) that works here: provider "acme", connection "chat", the
    // subject from id_token_file(), secrets from files (0600).
    std::string configuration() const;
    // The same, but for a host that signs its user in: the subject is {"session": `session`}.
    std::string sign_in_configuration(const std::string& session = "acme") const;
    // Writes it (or `text`, when given) to `path` (empty: config.json in the directory), 0600.
    // Returns the path. Errors: misconfigured.
    Result<std::string> write_configuration(const std::string& path = {},
                                            const std::string& text = {}) const;

    // With Options.record: all requests so far, in order of arrival.
    std::vector<RecordedRequest> requests() const;
    std::vector<RecordedRequest> requests(Server server) const;
    std::vector<RecordedRequest> requests(Server server, std::string_view path) const;
    // With Options.record: every client secret, ID token, ID-JAG and access token so far: what
    // nobody may find in a log (L4).
    std::vector<std::string> secrets() const;
    void forget_requests();

    // Faults. Each replaces its former one and holds from the next request on; empty: none.
    using DocumentChange = std::function<void(Document, Poco::JSON::Object&)>;
    using JwtChange = std::function<void(Poco::JSON::Object& header, Poco::JSON::Object& claims)>;
    using ChallengeChange = std::function<HeaderList(const std::string& www_authenticate)>;
    void script(Script script);
    void change_document(DocumentChange change);
    void change_id_jag(JwtChange change);    // before it is signed
    void change_id_token(JwtChange change);  // likewise; the next sign_in
    // Headers in place of the 401's or 403's WWW-Authenticate.
    void change_challenge(ChallengeChange change);
    // The MCP server refuses (401 invalid_token) every access token issued so far (I3).
    void revoke_access_tokens();
    // The IdP signs with another key from now on, and publishes it beside the former one.
    void rotate_idp_keys();
    // Every DPoP nonce given so far is refused.
    void expire_dpop_nonces();
    // The IdP refuses (invalid_grant) every refresh token issued so far.
    void revoke_refresh_tokens();
    // The IdP no longer knows the clients that registered themselves.
    void forget_registered_clients();

private:
    struct State;
    explicit Enterprise(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mcp_auth::demo
