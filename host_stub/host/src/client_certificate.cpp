#include "client_certificate.hpp"

#include "private_key_pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

namespace mcp_auth::host {
namespace {

int refuse_password(char*, int, int, void*) {
    return -1;
}  // never a prompt on the terminal

OwnedBio reader(std::string_view text) {
    return OwnedBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Error misconfigured(std::string message) {
    return {Status::misconfigured, "", std::move(message)};
}

}  // namespace

Result<ParsedClientCertificate> parse_client_certificate(const ClientCertificate& client) {
    ParsedClientCertificate parsed;
    const auto certificates = reader(client.certificate);
    const auto next = [&] {
        return OwnedCertificate(
            PEM_read_bio_X509(certificates.get(), nullptr, refuse_password, nullptr));
    };
    parsed.own = next();
    if (parsed.own)
        while (auto one = next()) parsed.between.push_back(std::move(one));
    ERR_clear_error();
    if (!parsed.own) return misconfigured("the client certificate is not a PEM certificate");

    parsed.key = read_private_key_pem(client.key);
    const bool pair = parsed.key && X509_check_private_key(parsed.own.get(), parsed.key.get()) == 1;
    ERR_clear_error();
    if (!pair)
        return misconfigured(
            "the client certificate's key is not a PEM key without password, or belongs to "
            "another certificate");
    return parsed;
}

}  // namespace mcp_auth::host
