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

}  // namespace

std::vector<Fault> challenge_faults() {
    std::vector<Fault> faults;
    auto& several = faults.emplace_back();
    several.name = "SeveralChallengesInOneHeaderAreTakenApart";
    several.arrange = challenge([](Enterprise&, const std::string& own) {
        return "Negotiate YWJj==, Basic realm=\"a, \\\"b\\\"\", " + own + ", Digest nonce=x";
    });

    auto& none = faults.emplace_back();
    none.name = "A401WithoutAChallengeIsDiscoveredByTheWellKnownUrl";
    none.arrange = challenge([](Enterprise&, const std::string&) { return std::string(); });

    auto& malformed = faults.emplace_back();
    malformed.name = "AMalformedChallengeCountsAsNone";
    malformed.arrange = challenge(
        [](Enterprise&, const std::string&) { return std::string("Bearer scope=\"chat.read"); });

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

    return faults;
}

}  // namespace mcp_auth::integration
