// The signatures beside a manifest, and a key that the administrator trusts to make one.
#include "ed25519.hpp"
#include "promise.hpp"
#include "targets.hpp"

namespace mcp_auth::fuzz {

void plugin_signature(std::string_view bytes) {
    if (const auto signatures = host::read_signatures(bytes)) {
        must(!signatures->empty(), "no signature is not one");
        std::string written;
        for (const std::string& signature : *signatures) {
            must(signature.size() == 64, "a signature has 64 bytes");
            written += host::write_signature(signature);
        }
        must(host::read_signatures(written) == signatures,
             "signatures are written as they are read");
    }
    const auto key = host::read_ed25519_public_key(bytes);
    if (key) {
        must(host::key_fingerprint(key->get()).size() == 64, "a key has a fingerprint");
        must(!host::verify_ed25519(key->get(), "statement", bytes.substr(0, 64)),
             "nobody signs by chance");
    } else {
        must_be_for_a_log(key.error());
    }
    must_be_for_a_log_or_good(
        host::read_ed25519_private_key(Secret(std::string(bytes).append(canary))));
}

}  // namespace mcp_auth::fuzz
