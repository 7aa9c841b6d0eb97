#include "tls_fault.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

namespace mcp_auth::host {
namespace {

struct Fault {
    int code;
    const char* text;
};

constexpr const char* unknown_authority =
    "the certificate is of an unknown authority, or the server does not send the certificates in "
    "between (see policy.ca_file)";
constexpr const char* no_authority =
    "the certificate is signed by one that is no authority; the server's operator must replace it";
constexpr const char* too_long =
    "the certificate's chain is longer than its authority allows, or than anybody needs; the "
    "server's operator must replace it";
constexpr const char* constrained =
    "the certificate's authority may not vouch for this name (name constraints); the server's "
    "operator must replace it";
constexpr const char* bad_list =
    "a revocation list of policy.crl_file is not what its authority signed; fetch it anew";

// X.509: which certificate of the chain is at fault, OpenSSL does not say here.
constexpr Fault certificate_faults[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED,
     "the certificate, or one above it, has expired; the server's operator must renew it, unless "
     "this machine's clock is wrong"},
    {X509_V_ERR_CERT_NOT_YET_VALID,
     "the certificate, or one above it, is not valid yet; check this machine's clock"},
    {X509_V_ERR_HOSTNAME_MISMATCH,
     "the certificate is for another name; use the name that it is for, or have it replaced"},
    {X509_V_ERR_IP_ADDRESS_MISMATCH,
     "the certificate is for another name; use the name that it is for, or have it replaced"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
     "the certificate is self-signed and not trusted (see policy.ca_file)"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, unknown_authority},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, unknown_authority},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, unknown_authority},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, unknown_authority},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE,
     "the certificate's signature is not its authority's; the server's operator must replace it"},
    {X509_V_ERR_EE_KEY_TOO_SMALL,
     "the certificate's key is too weak (RSA needs 2048 bits); the server's operator must replace "
     "it"},
    {X509_V_ERR_CA_KEY_TOO_SMALL,
     "the key of the certificate's authority is too weak (RSA needs 2048 bits); the server's "
     "operator must replace it"},
    {X509_V_ERR_CA_MD_TOO_WEAK,
     "the certificate, or one above it, is signed with a digest that is too weak, such as SHA-1; "
     "the server's operator must replace it"},
    {X509_V_ERR_INVALID_PURPOSE,
     "the certificate, or one above it, is not for TLS servers (extended key usage); the server's "
     "operator must replace it"},
    {X509_V_ERR_INVALID_CA, no_authority},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, no_authority},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, too_long},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, too_long},
    {X509_V_ERR_PERMITTED_VIOLATION, constrained},
    {X509_V_ERR_EXCLUDED_VIOLATION, constrained},
    {X509_V_ERR_CERT_REVOKED,
     "the certificate, or one above it, was revoked (policy.crl_file); the server's operator must "
     "replace it"},
    {X509_V_ERR_UNABLE_TO_GET_CRL,
     "policy.crl_file has no revocation list of an authority of the certificate; add it"},
    {X509_V_ERR_CRL_HAS_EXPIRED,
     "a revocation list of policy.crl_file has expired; put a newer one there"},
    {X509_V_ERR_CRL_NOT_YET_VALID,
     "a revocation list of policy.crl_file is not valid yet; check this machine's clock"},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, bad_list},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, bad_list},
};

constexpr const char* old_version =
    "it speaks no version of TLS from 1.2 on; its operator must update it";
constexpr const char* nothing_in_common =
    "it refused the handshake: it has no key exchange with forward secrecy and no cipher with "
    "authentication (AES-GCM, ChaCha20), or it misses a client certificate";

constexpr Fault protocol_faults[] = {
    {SSL_R_WRONG_VERSION_NUMBER, "it does not speak TLS on this port"},
    {SSL_R_UNSUPPORTED_PROTOCOL, old_version},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, old_version},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, nothing_in_common},
    {SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, nothing_in_common},
    {SSL_R_DH_KEY_TOO_SMALL,
     "its Diffie-Hellman group is too small; its operator must use 2048 bits or an elliptic "
     "curve"},
};

template <std::size_t N>
const char* text_of(const Fault (&faults)[N], long code) noexcept {
    for (const Fault& fault : faults)
        if (fault.code == code) return fault.text;
    return nullptr;
}

}  // namespace

std::string handshake_fault(const SSL* session) {
    const unsigned long code = ERR_peek_error();
    const char* const library_reason = ERR_reason_error_string(code);
    const int reason = ERR_GET_REASON(code);
    ERR_clear_error();
    const long verified = SSL_get_verify_result(session);
    if (verified != X509_V_OK) {
        if (const char* const text = text_of(certificate_faults, verified)) return text;
        return std::string("the certificate, or one above it, is refused: ") +
               X509_verify_cert_error_string(verified);
    }
    if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
        if (const char* const text = text_of(protocol_faults, reason)) return text;
    }
    return library_reason != nullptr ? library_reason : "the handshake failed";
}

}  // namespace mcp_auth::host
