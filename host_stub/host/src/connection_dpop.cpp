// What a connection proves towards its MCP server (protocol.md J): settled with the server's
// metadata, shown with each request.
#include "connection_state.hpp"
#include "host_state.hpp"

#include <fmt/format.h>

#include <utility>

namespace mcp_auth::host {

Result<std::shared_ptr<const SigningKey>> ConnectionState::dpop_key(const Bounds& bounds) {
    if (config_.dpop.key.from != SecretReference::From::none)
        return host_->token_endpoint().keys().key(
            config_.dpop.key, fmt::format("DPoP key of the connection \"{}\"", config_.name),
            "dpop", bounds);
    {
        const std::lock_guard lock(mutex_);
        if (own_dpop_key_) return own_dpop_key_;
    }
    const auto algorithm = jws_algorithm(config_.dpop.algorithm).value_or(JwsAlgorithm::es256);
    auto made = SigningKey::generate(algorithm);  // RSA takes its time: not under the lock
    if (!made) return std::move(made).error();
    auto key = std::make_shared<const SigningKey>(std::move(*made));
    const std::lock_guard lock(mutex_);
    if (!own_dpop_key_) own_dpop_key_ = std::move(key);
    return own_dpop_key_;
}

Result<void> ConnectionState::settle_dpop(const std::optional<Challenge>& challenge,
                                          const ResourceMetadata& resource, ServerContext& context,
                                          const Bounds& bounds) {
    const bool offered = challenge && challenge->dpop;
    const bool demanded =
        resource.dpop_bound_access_tokens_required || (offered && !challenge->bearer);
    if (config_.dpop.mode == DpopMode::off) {
        if (!demanded) return {};
        return Error{
            Status::misconfigured,
            resource.dpop_bound_access_tokens_required ? "resource_metadata" : "challenge",
            fmt::format("{} asks for DPoP, and \"dpop\" of the connection \"{}\" is \"off\"",
                        server_.origin(), config_.name)};
    }
    if (config_.dpop.mode == DpopMode::automatic && !offered && !demanded) return {};

    auto key = dpop_key(bounds);
    if (!key) return std::move(key).error();
    context.dpop = {std::move(*key), config_.dpop.algorithm,
                    demanded || config_.dpop.mode == DpopMode::required};
    // Before anything is sent, and not after the identity provider has been asked.
    const auto list = [](const auto& stated) { return stated ? &*stated : nullptr; };
    auto here = dpop_algorithm(context.dpop, list(resource.dpop_algorithms), server_.origin(),
                               "resource_metadata");
    if (!here) return std::move(here).error();
    context.dpop_algorithm = *here;
    auto there = dpop_algorithm(context.dpop, list(context.server->dpop_algorithms), context.issuer,
                                "server_metadata");
    if (!there) return std::move(there).error();
    return {};
}

Result<Headers> ConnectionState::proof(const TokenEntry& token, std::string_view method,
                                       std::string_view url) {
    const SigningKey* const key = token.bound_to();
    if (key == nullptr) return Headers{};
    const auto parsed = Url::parse(url);
    if (!parsed) return parsed.error();
    std::string nonce;
    ContextPointer context;
    {
        const std::lock_guard lock(mutex_);
        nonce = dpop_nonce_;
        context = context_;
    }
    // The token's key may be of another type than the connection's is by now.
    const auto algorithm = context && key->fits(context->dpop_algorithm)
                               ? context->dpop_algorithm
                               : key->algorithms().front();
    IssuerClock clock(host_->skewed(), context ? std::string_view(context->issuer) : "");
    auto proof = make_dpop_proof(*key, algorithm, {method, *parsed, token.value(), nonce}, clock);
    if (!proof) {
        proof.error().leg = "resource";
        return std::move(proof).error();
    }
    Headers headers;  // not from a list, which would be copied
    headers.emplace_back("DPoP", std::string(proof->reveal()));
    return headers;
}

bool ConnectionState::keep_nonce(const Headers& response_headers) {
    const auto nonce = dpop_nonce_of(response_headers);
    if (nonce.empty()) return false;
    const std::lock_guard lock(mutex_);
    dpop_nonce_ = nonce;
    return true;
}

}  // namespace mcp_auth::host
