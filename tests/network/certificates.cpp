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

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
    if (extension == nullptr) throw std::runtime_error("extension " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
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
    made.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
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
    add_extension(certificate, signer, NID_basic_constraints,
                  request.authority ? "critical,CA:TRUE" : "CA:FALSE");
    add_extension(certificate, signer, NID_subject_key_identifier, "hash");
    if (request.authority) add_extension(certificate, signer, NID_key_usage, "keyCertSign,cRLSign");
    if (!request.names.empty())
        add_extension(certificate, signer, NID_subject_alt_name, request.names);
    X509_sign(certificate, issuer != nullptr ? issuer->key.get() : made.key.get(), EVP_sha256());
    return made;
}

Identity make_authority(const std::string& common_name) {
    CertificateRequest request;
    request.names.clear();
    request.common_name = common_name;
    request.authority = true;
    return make_identity(request, nullptr);
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
