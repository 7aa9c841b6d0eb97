// Poco's Context sets OpenSSL up; what Poco would add to it is taken out again. Its verification
// callback asks SSLManager, which is process-wide: an application's listener or handler there
// could accept a bad certificate for us. Its password callback asks the same place. And its
// sockets neither show why a certificate was refused nor keep a write to a closed connection from
// raising SIGPIPE, so sessions are made here.
#include "tls_context.hpp"

#include "address_policy.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace mcp_auth::host {
namespace {

int refuse_password(char*, int, int, void*) {
    return -1;
}  // never a prompt on the terminal

// A socket BIO whose writes never raise SIGPIPE: a library must not change what signals do in the
// application, and OpenSSL's own uses write().
int socket_write(BIO* bio, const char* bytes, int size) {
    const auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
    BIO_clear_retry_flags(bio);
    const auto sent = send(fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int socket_read(BIO* bio, char* bytes, int size) {
    const auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
    BIO_clear_retry_flags(bio);
    const auto got = recv(fd, bytes, static_cast<std::size_t>(size), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(got);
}

long socket_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    return 0;
}

Error misconfigured(std::string message) {
    return {Status::misconfigured, "", std::move(message)};
}

// What OpenSSL's security level has against `certificate`, by the error that it left.
Error too_weak(X509* certificate, const char* which) {
    const int reason = ERR_GET_REASON(ERR_peek_last_error());
    ERR_clear_error();
    const std::string start = std::string("TLS cannot use the client certificate: ") + which;
    if (reason == SSL_R_CA_MD_TOO_WEAK) {
        int digest = NID_undef;
        X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr);
        return misconfigured(start + " is signed with " + OBJ_nid2sn(digest) +
                             ", a digest that is too weak; SHA256 or better is needed");
    }
    if (reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_KEY_TOO_SMALL)
        return misconfigured(start + " has a key that is too weak (RSA needs 2048 bits)");
    return misconfigured(start + " is not taken by OpenSSL");
}

Result<void> use_certificate(SSL_CTX* context, const ClientCertificate& client) {
    auto parsed = parse_client_certificate(client);
    if (!parsed) return std::move(parsed).error();
    ERR_clear_error();
    if (SSL_CTX_use_certificate(context, parsed->own.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, parsed->key.get()) != 1)
        return too_weak(parsed->own.get(), "it");
    for (const auto& one : parsed->between)
        if (SSL_CTX_add1_chain_cert(context, one.get()) != 1)
            return too_weak(one.get(), "a certificate between it and the root");
    return {};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsTrust& trust,
                                                           const ClientCertificate& client) {
    std::shared_ptr<TlsContext> out(new TlsContext);
    try {
        Poco::Net::Context::Params params;
        params.verificationMode = Poco::Net::Context::VERIFY_STRICT;
        params.loadDefaultCAs = false;
        // Forward secrecy and authenticated encryption only (RFC 9325 4.2), for TLS 1.2.
        params.cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!aNULL";
        // The first one's share is sent unasked; Poco's own first, X448, costs a second flight
        // with most servers.
        params.ecdhCurve = "X25519:P-256:P-384:P-521";
        out->context_ = new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, params);
    } catch (const std::exception&) {
        ERR_clear_error();
        return misconfigured("TLS cannot be set up");
    }
    SSL_CTX* const context = out->context_->sslContext();
    // Said here, because the system's OpenSSL may be configured (openssl.cnf) to allow less: RSA
    // from 2048 bits on, no SHA-1 in signatures. What it has stricter stays.
    SSL_CTX_set_security_level(context, std::max(SSL_CTX_get_security_level(context), 2));
    if (SSL_CTX_get_min_proto_version(context) < TLS1_2_VERSION)
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (SSL_CTX_get_max_proto_version(context) < TLS1_2_VERSION)
        SSL_CTX_set_max_proto_version(context, 0);
    if (auto loaded = trust.load_into(context); !loaded) return std::move(loaded).error();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_default_passwd_cb(context, refuse_password);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    // Secrets do not stay in read buffers (L5).
    SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);
    if (!client.empty()) {
        if (auto used = use_certificate(context, client); !used) return std::move(used).error();
    }

    out->socket_method_.reset(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket"));
    if (!out->socket_method_) return Error(Status::internal, "", "TLS: out of memory");
    BIO_meth_set_write(out->socket_method_.get(), socket_write);
    BIO_meth_set_read(out->socket_method_.get(), socket_read);
    BIO_meth_set_ctrl(out->socket_method_.get(), socket_control);
    return std::shared_ptr<const TlsContext>(std::move(out));
}

Result<TlsContext::SessionPointer> TlsContext::session(int socket, const std::string& host) const {
    SessionPointer session(SSL_new(context_->sslContext()));
    BIO* const bio = session ? BIO_new(socket_method_.get()) : nullptr;
    if (bio == nullptr) return Error(Status::internal, "", "TLS: out of memory");
    // The BIO's pointer carries the descriptor. NOLINTNEXTLINE(performance-no-int-to-ptr)
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    SSL_set_bio(session.get(), bio, bio);
    SSL_set_connect_state(session.get());

    bool ok = false;
    X509_VERIFY_PARAM* const expected = SSL_get0_param(session.get());
    if (address_literal(host)) {
        ok = X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
    } else {
        // RFC 6066 3: SNI and certificates hold names without the final dot.
        const std::string name = host.back() == '.' ? host.substr(0, host.size() - 1) : host;
        // RFC 9525 6.1, 6.3: only subjectAltName counts, and "*" only as a whole label.
        X509_VERIFY_PARAM_set_hostflags(
            expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        ok = X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) == 1 &&
             SSL_set_tlsext_host_name(session.get(), name.c_str()) == 1;
    }
    ERR_clear_error();
    // Without an expected name any trusted certificate would do.
    if (!ok) return misconfigured("TLS cannot check a certificate for the host " + host);
    return session;
}

}  // namespace mcp_auth::host
