#include "certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace mcp_auth::host::testing {
namespace {

std::string text_of(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

void add_extension(X509* certificate, X509* issuer, const std::string& name,
                   const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension =
        X509V3_EXT_conf(nullptr, &context, name.c_str(), value.c_str());
    if (extension == nullptr) throw std::runtime_error("extension " + value);
    const int former = X509_get_ext_by_OBJ(certificate, X509_EXTENSION_get_object(extension), -1);
    if (former >= 0) X509_EXTENSION_free(X509_delete_ext(certificate, former));
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

void add_raw_name(X509* certificate, const std::string& bytes) {
    GENERAL_NAMES* const names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME* const name = GENERAL_NAME_new();
    ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size()));
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, name);
    X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
}

EVP_PKEY* make_key(const std::string& kind) {
    if (kind.rfind("rsa:", 0) == 0) return EVP_RSA_gen(std::stoul(kind.substr(4)));
    return EVP_EC_gen(kind.c_str());
}

}  // namespace

std::string Identity::certificate_pem() const {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate.get());
    return text_of(bio);
}

std::string Identity::key_pem() const {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio);
}

Identity make_identity(const CertificateRequest& request, const Identity* issuer) {
    Identity made;
    made.key.reset(make_key(request.key), EVP_PKEY_free);
    made.certificate.reset(X509_new(), X509_free);
    X509* const certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), static_cast<long>(request.not_before));
    X509_gmtime_adj(X509_getm_notAfter(certificate), static_cast<long>(request.not_after));
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(request.common_name.c_str()),
                               -1, -1, 0);
    X509* const signer = issuer != nullptr ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    add_extension(certificate, signer, "basicConstraints",
                  request.authority ? "critical,CA:TRUE" : "CA:FALSE");
    add_extension(certificate, signer, "subjectKeyIdentifier", "hash");
    if (request.authority) add_extension(certificate, signer, "keyUsage", "keyCertSign,cRLSign");
    if (!request.raw_name.empty())
        add_raw_name(certificate, request.raw_name);
    else if (!request.names.empty())
        add_extension(certificate, signer, "subjectAltName", request.names);
    for (const auto& [name_of, value] : request.extensions)
        add_extension(certificate, signer, name_of, value);
    if (X509_sign(certificate, issuer != nullptr ? issuer->key.get() : made.key.get(),
                  EVP_get_digestbyname(request.digest.c_str())) == 0)
        throw std::runtime_error("a certificate cannot be signed");
    return made;
}

Identity make_authority(const std::string& common_name) {
    CertificateRequest request;
    request.names.clear();
    request.common_name = common_name;
    request.authority = true;
    return make_identity(request, nullptr);
}

std::string revocation_list(const Identity& authority, const RevocationList& list) {
    const std::unique_ptr<X509_CRL, void (*)(X509_CRL*)> made(X509_CRL_new(), X509_CRL_free);
    X509_CRL_set_version(made.get(), 1);
    X509_CRL_set_issuer_name(made.get(), X509_get_subject_name(authority.certificate.get()));
    const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> time(ASN1_TIME_new(), ASN1_TIME_free);
    X509_gmtime_adj(time.get(), static_cast<long>(list.this_update));
    X509_CRL_set1_lastUpdate(made.get(), time.get());
    for (const Identity& one : list.revoked) {
        X509_REVOKED* const entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one.certificate.get()));
        X509_REVOKED_set_revocationDate(entry, time.get());
        X509_CRL_add0_revoked(made.get(), entry);
    }
    X509_gmtime_adj(time.get(), static_cast<long>(list.next_update));
    X509_CRL_set1_nextUpdate(made.get(), time.get());
    X509_CRL_sort(made.get());
    X509_CRL_sign(made.get(), authority.key.get(), EVP_sha256());
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_CRL(bio, made.get());
    return text_of(bio);
}

TemporaryFile::TemporaryFile(const std::string& text) {
    char path[] = "/tmp/mcp-auth-test-XXXXXX";
    const int fd = mkstemp(path);
    if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::runtime_error("temporary file");
    close(fd);
    path_ = path;
}

TemporaryFile::~TemporaryFile() {
    unlink(path_.c_str());
}

}  // namespace mcp_auth::host::testing
