#include "canaries.hpp"

#include <mcp_auth/form.hpp>
#include <mcp_auth/jws.hpp>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>

namespace mcp_auth::secrets {
namespace {

// By their bytes, so that a secret which is sent and recorded in several places has one name.
using Named = std::map<std::string, std::string>;

// Without the header of a JWT, which says nothing that is not public.
void add(Named& all, const std::string& name, const std::string& text) {
    const auto dot = text.find('.');
    const bool jwt = text.rfind("eyJ", 0) == 0 && dot != std::string::npos;
    const std::string secret = jwt ? text.substr(dot + 1) : text;
    if (secret.size() >= window_bytes) all.emplace(secret, name);
}

void add_query(Named& all, const std::string& target) {
    const auto query = target.find('?');
    if (query == std::string::npos) return;
    demo::RecordedRequest parsed;
    parsed.body = target.substr(query + 1);
    for (const auto& [name, value] : parsed.fields())
        if (name == "state" || name == "nonce") add(all, name, value);
}

void add_request(Named& all, const demo::RecordedRequest& request) {
    add_query(all, request.target);
    for (const auto& [name, value] : request.fields())
        for (const char* secret :
             {"assertion", "subject_token", "client_assertion", "client_secret", "code",
              "code_verifier", "refresh_token", "device_code", "token"})
            if (name == secret) add(all, name, value);
    const auto authorization = request.header("Authorization");
    if (const auto space = authorization.find(' '); space != std::string::npos)
        add(all, authorization.substr(0, space) + " credentials", authorization.substr(space + 1));
    add(all, "DPoP proof", request.header("DPoP"));
}

void add_number(Named& all, EVP_PKEY* key, const char* parameter) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1) return;
    const std::unique_ptr<BIGNUM, decltype(&BN_clear_free)> owned(number, BN_clear_free);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    const std::string name = std::string("private key ") + parameter;
    add(all, name, bytes);
    // As this machine calculates with it.
    std::reverse(bytes.begin(), bytes.end());
    add(all, name + ", in words", bytes);
}

void add_key(Named& all, const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    if (!key) return;
    for (const char* parameter :
         {OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
          OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
          OSSL_PKEY_PARAM_RSA_COEFFICIENT1})
        add_number(all, key.get(), parameter);
}

std::string name_of(const std::string& secret) {
    if (secret.rfind("eyJ", 0) != 0) return "a secret of the enterprise";
    const auto header = base64url_decode(secret.substr(0, secret.find('.')));
    const auto is = [&](const char* type) {
        return header && header->find(type) != std::string::npos;
    };
    return is("id-jag")   ? "an ID-JAG"
           : is("at+jwt") ? "an access token"
                          : "a JWT of the enterprise";
}

std::string hexadecimal(const std::string& text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += {digits[byte >> 4U], digits[byte & 15U]};
    }
    return out;
}

std::string as_base64(std::string url_safe) {
    std::replace(url_safe.begin(), url_safe.end(), '-', '+');
    std::replace(url_safe.begin(), url_safe.end(), '_', '/');
    return url_safe;
}

// Behind 0, 1 or 2 bytes of something else; the first and last characters depend on what is around.
void add_base64(std::vector<Form>& all, const char* name, const char* name_of_url_safe,
                const std::string& text) {
    for (std::size_t before = 0; before < 3; ++before) {
        const auto encoded = base64url_encode(std::string(before, '\0') + text);
        const std::size_t skip = before == 0 ? 0 : before + 1;
        if (encoded.size() < skip + 1 + window_bytes) continue;
        const auto inner = encoded.substr(skip, encoded.size() - skip - 1);
        all.push_back({name_of_url_safe, inner});
        if (as_base64(inner) != inner) all.push_back({name, as_base64(inner)});
    }
}

}  // namespace

std::vector<Canary> canaries_of(const demo::Enterprise& enterprise) {
    Named all;
    for (const auto& request : enterprise.requests()) add_request(all, request);
    add(all, "client_secret", enterprise.idp_client().secret);
    add(all, "client_secret", enterprise.mcp_client().secret);
    for (const auto& secret : enterprise.secrets()) {
        if (secret.find("-----BEGIN") != std::string::npos)
            add_key(all, secret);
        else
            add(all, name_of(secret), secret);
    }
    std::vector<Canary> canaries;
    for (const auto& [text, name] : all) canaries.push_back({name, text});
    return canaries;
}

std::vector<Form> forms_of(const std::string& text) {
    std::vector<Form> all{{"as it is", text}};
    const auto encoded = form_encode(text);
    if (encoded != text) all.push_back({"percent-encoded", encoded});
    add_base64(all, "base64", "base64url", text);
    if (encoded != text)
        add_base64(all, "base64 of percent-encoded", "base64url of percent-encoded", encoded);
    all.push_back({"hexadecimal", hexadecimal(text)});
    std::erase_if(all, [](const Form& form) { return form.text.size() < window_bytes; });
    return all;
}

}  // namespace mcp_auth::secrets
