#include <mcp_auth/demo/enterprise.hpp>

#include "authorization_server.hpp"
#include "certificates.hpp"
#include "configuration.hpp"
#include "identity_provider.hpp"
#include "listener.hpp"
#include "mcp_server.hpp"
#include "party.hpp"
#include "private_directory.hpp"
#include "workload_platform.hpp"

#include <Poco/Crypto/EVPPKey.h>
#include <Poco/Crypto/X509Certificate.h>
#include <Poco/Net/NetException.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <utility>

namespace mcp_auth::demo {
namespace {

std::uint16_t wanted_port(const Options& options, Server server) {
    switch (server) {
    case Server::idp: return options.ports.idp;
    case Server::authorization_server: return options.ports.authorization_server;
    case Server::mcp: return options.ports.mcp;
    case Server::stranger: return options.ports.stranger;
    }
    return 0;
}

// A context of its own: Poco's process-wide default is not touched.
Poco::Net::Context::Ptr server_context(const Certificates& certificates) {
    Poco::Net::Context::Params params;
    // Most clients have no certificate, and none of them needs one to be answered.
    const bool asks = !certificates.clients.empty();
    params.verificationMode =
        asks ? Poco::Net::Context::VERIFY_RELAXED : Poco::Net::Context::VERIFY_NONE;
    params.loadDefaultCAs = false;
    Poco::Net::Context::Ptr context =
        new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, params);
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    constexpr bool shared = true;
    context->useCertificate(Poco::Crypto::X509Certificate(certificates.server.get(), shared));
    context->usePrivateKey(Poco::Crypto::EVPPKey(certificates.server_key.get()));
    if (asks) {
        context->addCertificateAuthority(
            Poco::Crypto::X509Certificate(certificates.authority.get(), shared));
        constexpr unsigned char name[] = "demo";  // else no session with a certificate is resumed
        SSL_CTX_set_session_id_context(context->sslContext(), name, sizeof name);
    }
    return context;
}

// Of the clients that authenticate by one, which get theirs.
Certificates certified(Options& options) {
    std::vector<Client*> clients;
    std::vector<std::string> names;
    for (Client* client : {&options.idp_client, &options.mcp_client}) {
        if (client->method != ClientMethod::tls_client_auth) continue;
        clients.push_back(client);
        names.push_back(client->id);
    }
    Certificates made = make_certificates(options.host, names);
    for (std::size_t i = 0; i < clients.size(); ++i) {
        clients.at(i)->certificate = made.clients.at(i).certificate;
        clients.at(i)->key = made.clients.at(i).key;
    }
    return made;
}

void complete(Options& options) {
    // "+", "%", ":" and a space break a client that does not encode Basic's parts (G2).
    for (Client* client : {&options.idp_client, &options.mcp_client}) {
        const bool by_key = client->method == ClientMethod::private_key_jwt;
        const bool by_certificate = client->method == ClientMethod::tls_client_auth;
        if (by_key && client->key.empty())
            client->key = private_pem(generate_key(client->algorithm));
        if (!by_key) client->key.clear();
        if (client->method == ClientMethod::none || by_key || by_certificate)
            client->secret.clear();
        else if (client->secret.empty())
            client->secret = "demo+secret %:&=" + random_text(24);
    }
    if (!options.clock)
        options.clock = [] {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return static_cast<std::int64_t>(
                std::chrono::duration_cast<std::chrono::seconds>(now).count());
        };
}

}  // namespace

struct Enterprise::State {
    explicit State(PrivateDirectory where) : directory(std::move(where)) {}

    PrivateDirectory directory;
    Party party;
    std::unique_ptr<IdentityProvider> idp;
    std::unique_ptr<WorkloadPlatform> platform;
    std::unique_ptr<AuthorizationServer> authorization_server;
    std::unique_ptr<McpServer> mcp;
    std::array<std::unique_ptr<Listener>, all_servers.size()> listeners;  // first to go

    void listen(const Poco::Net::Context::Ptr& context) {
        const std::string scheme = context ? "https://" : "http://";
        for (const Server server : all_servers) {
            const auto index = static_cast<std::size_t>(server);
            listeners.at(index) =
                std::make_unique<Listener>(server, wanted_port(party.options, server), context);
            party.origins.at(index) =
                scheme + party.options.host + ":" + std::to_string(listeners.at(index)->port());
        }
        party.idp_issuer = party.origin(Server::idp) + party.options.idp_path;
        party.authorization_server_issuer =
            party.origin(Server::authorization_server) + party.options.authorization_server_path;
        party.resource = party.origin(Server::mcp) + "/mcp";
    }

    void serve() {
        party.policy = std::make_unique<Policy>(party.options.policy, party.exchange_audience(),
                                                party.resource);
        idp = std::make_unique<IdentityProvider>(party);
        platform = std::make_unique<WorkloadPlatform>(party);
        authorization_server = std::make_unique<AuthorizationServer>(
            party, [this] { return idp->jwks(); }, [this] { return platform->jwks(); });
        mcp = std::make_unique<McpServer>(party, [this] { return authorization_server->jwks(); });
        for (auto& listener : listeners)
            listener->serve([this](const RecordedRequest& request) { return respond(request); });
    }

    std::variant<Answer, ScriptedAnswer> respond(const RecordedRequest& request) {
        party.ledger->request(request);
        if (const Script script = party.faults.script.get())
            if (auto scripted = script(request)) return *std::move(scripted);
        switch (request.server) {
        case Server::idp: return idp->answer(request);
        case Server::authorization_server: return authorization_server->answer(request);
        case Server::mcp: return mcp->answer(request);
        case Server::stranger: break;
        }
        return not_found();
    }

    Result<void> write_files(const std::string& authority_pem) const {
        const Options& options = party.options;
        for (const auto& [name, text] :
             {std::pair("ca.pem", authority_pem),
              std::pair("idp_secret", options.idp_client.secret),
              std::pair("mcp_secret", options.mcp_client.secret),
              std::pair("idp_key.pem", options.idp_client.key),
              std::pair("mcp_key.pem", options.mcp_client.key),
              std::pair("idp_certificate.pem", options.idp_client.certificate),
              std::pair("mcp_certificate.pem", options.mcp_client.certificate)}) {
            if (text.empty()) continue;
            if (auto written = write_private_file(directory.file(name), text); !written)
                return written;
        }
        return {};
    }

    std::string credential(const Client& client, const std::string& name) const {
        if (!client.key.empty()) return directory.file(name + "_key.pem");
        return client.secret.empty() ? "" : directory.file(name + "_secret");
    }

    ConfigurationFiles files() const {
        const Options& options = party.options;
        return {options.tls ? directory.file("ca.pem") : "",
                directory.file("id_token"),
                credential(options.idp_client, "idp"),
                credential(options.mcp_client, "mcp"),
                options.idp_client.certificate.empty() ? "" : directory.file("idp_certificate.pem"),
                options.mcp_client.certificate.empty() ? "" : directory.file("mcp_certificate.pem"),
                {}};
    }
};

Enterprise::Enterprise(std::unique_ptr<State> state) : state_(std::move(state)) {}
Enterprise::~Enterprise() {
    stop();
}

Result<std::unique_ptr<Enterprise>> Enterprise::start(Options options) {
    try {
        auto directory = PrivateDirectory::open(options.directory);
        if (!directory) return directory.error();
        auto state = std::make_unique<State>(*std::move(directory));
        complete(options);
        state->party.options = std::move(options);
        state->party.ledger = std::make_unique<Ledger>(state->party.options.record);
        state->party.ledger->secret(state->party.options.idp_client.secret);
        state->party.ledger->secret(state->party.options.mcp_client.secret);
        Certificates certificates;
        Poco::Net::Context::Ptr context;
        if (state->party.options.tls) {
            certificates = certified(state->party.options);
            context = server_context(certificates);
            state->party.authority_file = state->directory.file("ca.pem");
        }
        state->party.ledger->secret(state->party.options.idp_client.key);
        state->party.ledger->secret(state->party.options.mcp_client.key);
        if (auto written = state->write_files(certificates.authority_pem); !written)
            return written.error();
        state->listen(context);
        state->serve();
        return std::unique_ptr<Enterprise>(new Enterprise(std::move(state)));
    } catch (const Poco::Net::NetException& error) {
        return Error(Status::unavailable, "demo", "cannot listen: " + error.displayText());
    } catch (const Poco::Exception& error) {
        return Error(Status::internal, "demo", error.displayText());
    } catch (const std::exception& error) {
        return Error(Status::internal, "demo", error.what());
    }
}

void Enterprise::stop() {
    for (auto& listener : state_->listeners)
        if (listener) listener->stop();
}

std::string Enterprise::idp_issuer() const {
    return state_->party.idp_issuer;
}
std::string Enterprise::authorization_server_issuer() const {
    return state_->party.authorization_server_issuer;
}
std::string Enterprise::mcp_url() const {
    return state_->party.resource;
}
std::string Enterprise::stranger_url() const {
    return state_->party.origin(Server::stranger);
}
std::string Enterprise::origin(Server server) const {
    return state_->party.origin(server);
}
const Client& Enterprise::idp_client() const {
    return state_->party.options.idp_client;
}
const Client& Enterprise::mcp_client() const {
    return state_->party.options.mcp_client;
}
std::string Enterprise::directory() const {
    return state_->directory.path();
}
std::string Enterprise::ca_file() const {
    return state_->files().authority;
}
std::string Enterprise::id_token_file() const {
    return subject_file(SubjectType::id_token);
}
std::string Enterprise::subject_file(SubjectType type) const {
    const char* const name = type == SubjectType::saml2           ? "saml2"
                             : type == SubjectType::refresh_token ? "refresh_token"
                                                                  : "id_token";
    return state_->directory.file(name);
}

Result<std::string> Enterprise::sign_in(const SignIn& options) {
    try {
        auto token = state_->idp->sign_in(options);
        if (!token || !options.write) return token;
        if (auto written = write_private_file(subject_file(options.as), *token); !written)
            return written.error();
        return token;
    } catch (const std::exception& error) {
        return Error(Status::internal, "sign-in", error.what());
    }
}

std::string Enterprise::workload_file() const {
    return state_->directory.file("workload_assertion");
}

Result<std::string> Enterprise::issue_workload_assertion(const WorkloadOrder& order) {
    try {
        std::string assertion = state_->platform->issue(order);
        if (auto written = write_private_file(workload_file(), assertion); !written)
            return written.error();
        return assertion;
    } catch (const std::exception& error) {
        return Error(Status::internal, "workload", error.what());
    }
}

Result<std::string> Enterprise::issue_id_jag(const IdJagOrder& order) {
    return state_->idp->issue_id_jag(order);
}

std::string Enterprise::configuration() const {
    return configuration_text(state_->party, state_->files());
}

std::string Enterprise::sign_in_configuration(const std::string& session) const {
    ConfigurationFiles files = state_->files();
    files.session = session;
    return configuration_text(state_->party, files);
}

Result<std::string> Enterprise::write_configuration(const std::string& path,
                                                    const std::string& text) const {
    const std::string to = path.empty() ? state_->directory.file("config.json") : path;
    if (auto written = write_private_file(to, text.empty() ? configuration() : text); !written)
        return written.error();
    return to;
}

std::vector<RecordedRequest> Enterprise::requests() const {
    return state_->party.ledger->requests();
}

std::vector<RecordedRequest> Enterprise::requests(Server server) const {
    auto all = requests();
    std::erase_if(all, [&](const RecordedRequest& request) { return request.server != server; });
    return all;
}

std::vector<RecordedRequest> Enterprise::requests(Server server, std::string_view path) const {
    auto all = requests(server);
    std::erase_if(all, [&](const RecordedRequest& request) { return request.path() != path; });
    return all;
}

std::vector<std::string> Enterprise::secrets() const {
    return state_->party.ledger->secrets();
}
void Enterprise::forget_requests() {
    state_->party.ledger->forget_requests();
}

void Enterprise::script(Script script) {
    state_->party.faults.script.set(std::move(script));
}
void Enterprise::change_document(DocumentChange change) {
    state_->party.faults.document.set(std::move(change));
}
void Enterprise::change_id_jag(JwtChange change) {
    state_->party.faults.id_jag.set(std::move(change));
}
void Enterprise::change_id_token(JwtChange change) {
    state_->party.faults.id_token.set(std::move(change));
}
void Enterprise::change_challenge(ChallengeChange change) {
    state_->party.faults.challenge.set(std::move(change));
}
void Enterprise::revoke_access_tokens() {
    ++state_->party.token_generation;
}
void Enterprise::rotate_idp_keys() {
    state_->idp->rotate_keys();
}
void Enterprise::expire_dpop_nonces() {
    state_->idp->expire_dpop_nonces();
    state_->authorization_server->expire_dpop_nonces();
    state_->mcp->expire_dpop_nonces();
}
void Enterprise::revoke_refresh_tokens() {
    state_->idp->revoke_refresh_tokens();
}
void Enterprise::forget_registered_clients() {
    state_->idp->forget_registered_clients();
}

}  // namespace mcp_auth::demo
