// The keys that the administrator trusts to sign plugins: a directory of PEM files. A key that is
// revoked is one that is not there any more.
#pragma once

#include "manifest.hpp"
#include "openssl_owned.hpp"

#include <mcp_auth/result.hpp>

#include <memory>
#include <string>
#include <vector>

namespace mcp_auth::host {

class PluginKeys {
public:
    // The *.pem of `directory`, which must be root's or ours, as must they. A file that is no key
    // takes none of the others away: it is told of where a signature fits none of them.
    // Errors: misconfigured (the directory cannot be read or is not trusted, no key in it).
    static Result<PluginKeys> read(const std::string& directory);

    // The file of the key that signed this manifest and this library. Reads the signature beside
    // the manifest. Errors: misconfigured (there is none, it is no signature, it is of none of
    // these keys or of something else), with what to do.
    Result<std::string> signer_of(const Manifest& manifest, const std::string& sha256) const;

private:
    struct Key {
        std::string file;
        std::shared_ptr<EVP_PKEY> key;
    };
    std::string directory_;
    std::vector<Key> keys_;
    std::string passed_over_;  // files that are no keys, and why
};

}  // namespace mcp_auth::host
