#include "tls_trust.hpp"

#include "config.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace mcp_auth::host {
namespace {

Error misconfigured(const std::string& setting, const std::string& path, std::string_view what) {
    ERR_clear_error();
    return {Status::misconfigured, "", "policy." + setting + ": " + path + " " + std::string(what)};
}

// "5ad8a5d6.0": OpenSSL looks for nothing else there, and would find nothing without saying so.
bool is_hashed_name(const std::string& name) {
    constexpr std::size_t digits = 8;
    return name.size() > digits + 1 && name[digits] == '.' &&
           std::all_of(name.begin(), name.begin() + digits,
                       [](unsigned char c) { return std::isxdigit(c) != 0; }) &&
           std::all_of(name.begin() + digits + 1, name.end(),
                       [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Their paths, in order.
std::vector<std::string> hashed_names(const std::string& directory) {
    std::vector<std::string> all;
    std::error_code fault;
    for (std::filesystem::directory_iterator entry(directory, fault), end; !fault && entry != end;
         entry.increment(fault)) {
        if (is_hashed_name(entry->path().filename().string()))
            all.push_back(entry->path().string());
    }
    std::sort(all.begin(), all.end());
    return all;
}

// Every certificate of a chain is looked for, and one whose authority has no list here, or none
// that is in time and well signed, is refused (RFC 5280 6.3): a list that is missing could be
// one that somebody keeps away.
bool check_revocation(SSL_CTX* context, const std::string& path) {
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    X509_LOOKUP* const lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    return lookup != nullptr && X509_load_crl_file(lookup, path.c_str(), X509_FILETYPE_PEM) > 0 &&
           X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1;
}

}  // namespace

TlsTrust TlsTrust::from(const PolicyConfig& policy) {
    return {policy.ca_file, policy.ca_directory, policy.crl_file};
}

Result<void> TlsTrust::load_into(SSL_CTX* context) const {
    if (of_the_system() && SSL_CTX_set_default_verify_paths(context) != 1) {
        ERR_clear_error();
        return Error(Status::misconfigured, "",
                     "TLS cannot be set up with the system's certificate authorities");
    }
    if (!ca_file.empty() && SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1)
        return misconfigured("ca_file", ca_file, "cannot be read as PEM certificates");
    if (!ca_directory.empty()) {
        if (hashed_names(ca_directory).empty())
            return misconfigured("ca_directory", ca_directory,
                                 "has no certificate under its hashed name, or cannot be read "
                                 "(openssl rehash makes the names)");
        if (SSL_CTX_load_verify_dir(context, ca_directory.c_str()) != 1)
            return misconfigured("ca_directory", ca_directory, "cannot be used");
    }
    if (!crl_file.empty() && !check_revocation(context, crl_file))
        return misconfigured("crl_file", crl_file,
                             "cannot be read as PEM revocation lists (openssl crl turns DER into "
                             "PEM)");
    ERR_clear_error();
    return {};
}

std::string TlsTrust::stamp() const {
    // In a directory the names are links as a rule, and what changes is the file behind one.
    std::vector<std::string> paths{ca_file, ca_directory, crl_file};
    if (!ca_directory.empty())
        for (auto& path : hashed_names(ca_directory)) paths.push_back(std::move(path));
    std::string out;
    for (const auto& path : paths) {
        if (path.empty()) continue;
        struct stat now {};
        if (stat(path.c_str(), &now) != 0) now = {};
        for (const auto part :
             {static_cast<long long>(now.st_dev), static_cast<long long>(now.st_ino),
              static_cast<long long>(now.st_size), static_cast<long long>(now.st_mtim.tv_sec),
              static_cast<long long>(now.st_mtim.tv_nsec),
              static_cast<long long>(now.st_ctim.tv_sec),
              static_cast<long long>(now.st_ctim.tv_nsec)})
            out += std::to_string(part) + ".";
        out += ";";
    }
    return out;
}

}  // namespace mcp_auth::host
