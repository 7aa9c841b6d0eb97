#include "client_assertion.hpp"

#include <mcp_auth/jws.hpp>

#include <array>
#include <optional>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::int64_t lifetime = 60;  // G2: at most

std::string listed(const std::vector<JwsAlgorithm>& algorithms) {
    std::string out;
    for (const JwsAlgorithm algorithm : algorithms)
        out.append(out.empty() ? "" : " and ").append(to_string(algorithm));
    return out;
}

// Why choose_algorithm found none, and what to change.
Error no_algorithm(const SigningKey& key, const ClientConfig& client,
                   const ServerMetadata& metadata, std::string_view leg) {
    std::string why = "key of client \"" + client.name + "\": it is " + key.description() +
                      ", which signs " + listed(key.algorithms());
    const auto wanted = jws_algorithm(client.algorithm);
    if (!client.algorithm.empty() && !(wanted && key.fits(*wanted)))
        why += ", and not the configured \"alg\" " + client.algorithm +
               ": correct \"alg\", or give a key for it";
    else
        why += client.algorithm.empty() ? std::string() : " (\"alg\": " + client.algorithm + ")";
    if (client.algorithm.empty() || (wanted && key.fits(*wanted)))
        why += ", and the authorization server " + metadata.issuer +
               " does not list that in token_endpoint_auth_signing_alg_values_supported: give a "
               "key, or an \"alg\", that it lists";
    return {Status::misconfigured, std::string(leg), std::move(why)};
}

}  // namespace

std::string make_token_id(Clock& clock) {
    std::array<char, 16> random{};
    clock.random(random.data(), random.size());
    return base64url_encode({random.data(), random.size()});
}

Result<Secret> make_client_assertion(const ClientConfig& client, const ServerMetadata& metadata,
                                     std::string_view endpoint, Clock& clock, SigningKeys& keys,
                                     std::string_view leg, const Bounds& bounds) {
    const auto key = keys.key(client.key, "key of client \"" + client.name + "\"", leg, bounds);
    if (!key) return key.error();
    const auto& supported = metadata.auth_signing_algorithms;
    const auto algorithm =
        choose_algorithm(**key, client.algorithm, supported ? &*supported : nullptr);
    if (!algorithm) return no_algorithm(**key, client, metadata, leg);

    auto header = json::Value::object();
    header.set("typ", "JWT");
    const auto& key_id = client.key_id.empty() ? (*key)->key_id() : client.key_id;
    if (!key_id.empty()) header.set("kid", key_id);
    const auto& id = client.id.empty() ? client.metadata_document : client.id;
    const auto now = clock.wall();
    auto claims = json::Value::object();
    claims.set("iss", id)
        .set("sub", id)
        .set("aud", client.assertion_audience == "token_endpoint"
                        ? endpoint
                        : std::string_view(metadata.issuer))
        .set("jti", make_token_id(clock))
        .set("iat", now)
        .set("exp", now + lifetime);
    auto assertion = (*key)->sign(*algorithm, header, claims);
    if (!assertion) assertion.error().leg = leg;
    return assertion;
}

}  // namespace mcp_auth::host
