#include "certificates.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace mcp_auth::demo {
namespace {

void must(bool done) {
    if (!done) throw std::runtime_error("OpenSSL cannot make a certificate");
}

void extend(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    must(extension != nullptr);
    const bool added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    must(added);
}

// Without extensions and signature. A random serial: two runs' certificates under one name must
// not look like the same one to a browser.
Certificate blank(const char* name, EVP_PKEY* key) {
    Certificate certificate(X509_new());
    must(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    std::array<unsigned char, 16> random{};
    must(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1);
    random[0] = static_cast<unsigned char>((random[0] & 0x3fU) | 0x40U);  // positive, full length
    BIGNUM* number = BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr);
    must(number != nullptr);
    const bool numbered =
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get())) != nullptr;
    BN_free(number);
    must(numbered);
    constexpr long hour = 3600;
    constexpr long month = 30L * 24 * hour;
    must(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -hour) != nullptr);
    must(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), month) != nullptr);
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1);
    must(X509_set_pubkey(certificate.get(), key) == 1);
    return certificate;
}

std::string pem(X509* certificate) {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), &BIO_free);
    must(out && PEM_write_bio_X509(out.get(), certificate) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    must(size > 0);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

namespace {

Certificates::ClientCertificate client_certificate(const std::string& name, X509* root,
                                                   const Key& authority_key) {
    const Key key = generate_key();
    const Certificate certificate = blank(name.c_str(), key.get());
    X509* const leaf = certificate.get();
    must(X509_set_issuer_name(leaf, X509_get_subject_name(root)) == 1);
    extend(leaf, root, NID_basic_constraints, "critical,CA:FALSE");
    extend(leaf, root, NID_key_usage, "critical,digitalSignature");
    extend(leaf, root, NID_ext_key_usage, "clientAuth");
    must(X509_sign(leaf, authority_key.get(), EVP_sha256()) > 0);
    return {pem(leaf), private_pem(key)};
}

}  // namespace

Certificates make_certificates(const std::string& host, const std::vector<std::string>& clients) {
    const Key authority_key = generate_key();
    Certificate authority = blank("mcp-auth demo authority", authority_key.get());
    X509* const root = authority.get();
    must(X509_set_issuer_name(root, X509_get_subject_name(root)) == 1);
    extend(root, root, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    extend(root, root, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(root, root, NID_subject_key_identifier, "hash");
    must(X509_sign(root, authority_key.get(), EVP_sha256()) > 0);

    Certificates made;
    made.server_key = generate_key();
    made.server = blank("localhost", made.server_key.get());
    X509* const leaf = made.server.get();
    must(X509_set_issuer_name(leaf, X509_get_subject_name(root)) == 1);
    extend(leaf, root, NID_basic_constraints, "critical,CA:FALSE");
    extend(leaf, root, NID_key_usage, "critical,digitalSignature");
    extend(leaf, root, NID_ext_key_usage, "serverAuth");
    extend(leaf, root, NID_subject_key_identifier, "hash");
    extend(leaf, root, NID_authority_key_identifier, "keyid:always");
    std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
    const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos;
    if (host != "localhost" && host != "127.0.0.1") names += (is_address ? ",IP:" : ",DNS:") + host;
    extend(leaf, root, NID_subject_alt_name, names.c_str());
    must(X509_sign(leaf, authority_key.get(), EVP_sha256()) > 0);
    made.authority_pem = pem(root);
    for (const auto& name : clients)
        made.clients.push_back(client_certificate(name, root, authority_key));
    made.authority = std::move(authority);
    return made;
}

}  // namespace mcp_auth::demo
