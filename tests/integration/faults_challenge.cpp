#include "fault.hpp"

namespace mcp_auth::integration {

namespace {

// Another WWW-Authenticate in place of the server's own.
auto challenge(std::function<std::string(Enterprise&, const std::string&)> make) {
    return [make](Enterprise& enterprise) {
        enterprise.change_challenge([make, &enterprise](const std::string& own) {
            const auto value = make(enterprise, own);
            return value.empty() ? demo::HeaderList{}
                                 : demo::HeaderList{{"WWW-Authenticate", value}};
        });
    };
}

// Which scope was asked for tells whose challenge was read: the connection's own is chat.read.
auto asks_for(std::string scope) {
    return [scope = std::move(scope)](Enterprise& enterprise, const json::Value&) {
        expect_equal(token_request(enterprise, Server::idp).field("scope"), scope);
    };
}

}  // namespace

std::vector<Fault> challenge_faults() {
    std::vector<Fault> faults;
    auto& several = faults.emplace_back();
    several.name = "SeveralChallengesInOneHeaderAreTakenApart";
    several.arrange = challenge([](Enterprise&, const std::string& own) {
        auto other = own;
        other.replace(other.find("chat.read"), 9, "chat.write");
        return "Negotiate YWJj==, Basic realm=\"a, \\\"b\\\"\", " + other + ", Digest nonce=x";
    });
    several.look = asks_for("chat.write");

    auto& none = faults.emplace_back();
    none.name = "A401WithoutAChallengeIsDiscoveredByTheWellKnownUrl";
    none.arrange = challenge([](Enterprise&, const std::string&) { return std::string(); });
    none.look = asks_for("chat.read");

    auto& malformed = faults.emplace_back();
    malformed.name = "AMalformedChallengeCountsAsNone";
    malformed.arrange = challenge(
        [](Enterprise&, const std::string&) { return std::string("Bearer scope=\"chat.write"); });
    malformed.look = asks_for("chat.read");

    auto& stranger = faults.emplace_back();
    stranger.name = "ResourceMetadataOnAnotherHostIsNotAskedFor";
    stranger.arrange = challenge([](Enterprise& enterprise, const std::string&) {
        return "Bearer resource_metadata=\"" + enterprise.stranger_url() +
               "/.well-known/oauth-protected-resource\"";
    });
    stranger.status = Status::misconfigured;
    stranger.leg = "resource_metadata";
    stranger.says = "origin";
    stranger.exchanges = stranger.redemptions = 0;

    auto& dpop = faults.emplace_back();
    dpop.name = "AServerThatTakesOnlyDPoPIsRefusedBeforeAnythingIsSent";
    dpop.arrange = challenge(
        [](Enterprise&, const std::string&) { return std::string("DPoP algs=\"ES256\""); });
    dpop.status = Status::misconfigured;
    dpop.leg = "challenge";
    dpop.says = "DPoP";
    dpop.exchanges = dpop.redemptions = 0;
    return faults;
}

}  // namespace mcp_auth::integration
