#include "fault.hpp"

#include <ctime>

namespace mcp_auth::integration {

namespace {

constexpr auto redeemed = Document::redemption_response;

Fault redemption_fault(std::string name, std::function<void(Enterprise&)> arrange, Status status,
                       std::string says, std::size_t redemptions = 1) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = std::move(arrange);
    fault.status = status;
    fault.leg = "redemption";
    fault.says = std::move(says);
    fault.redemptions = redemptions;
    return fault;
}

// The token's remaining life as the command tells it.
Fault lifetime(std::string name, std::function<void(Enterprise&)> arrange, std::int64_t seconds) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = std::move(arrange);
    fault.look = [seconds](Enterprise&, const json::Value& token) {
        const auto* expires = token.find("expires_at");
        const auto at = expires == nullptr ? std::nullopt : expires->as_integer();
        if (!at) throw std::runtime_error("no expires_at");
        const auto left = *at - std::time(nullptr);
        if (left > seconds + 1 || left < seconds - 20)
            throw std::runtime_error("expires in " + std::to_string(left));
    };
    return fault;
}

}  // namespace

std::vector<Fault> redemption_faults() {
    using namespace std::string_literals;
    constexpr auto server = Server::authorization_server;
    std::vector<Fault> faults;
    for (const auto& row : and_errors_of_any_grant({})) {
        faults.push_back(
            redemption_fault(std::string("TheRedemptionErrorIsClassified_") + row.code,
                             answer(server, demo::oauth_error(row.http, row.code, "the reason")),
                             row.status, row.code));
    }
    auto always = redemption_fault("AnIdJagThatIsRefusedTwiceIsDenied",
                                   answer(server, demo::oauth_error(400, "invalid_grant")),
                                   Status::denied, "invalid_grant", 2);
    always.exchanges = 2;
    faults.push_back(std::move(always));

    auto& once = faults.emplace_back();
    once.name = "AnIdJagThatIsRefusedOnceIsMintedAnew";
    once.arrange = answer(server, demo::oauth_error(400, "invalid_grant"), 1);
    once.exchanges = once.redemptions = 2;

    faults.push_back(redemption_fault("ATokenOfAnUnknownTypeIsAProtocolError",
                                      with(redeemed, "token_type", "mac"s), Status::protocol,
                                      "token_type"));
    faults.push_back(redemption_fault("ATokenWithoutTypeIsAProtocolError",
                                      without(redeemed, "token_type"), Status::protocol,
                                      "token_type"));
    faults.push_back(redemption_fault("AnAnswerWithoutTokenIsAProtocolError",
                                      without(redeemed, "access_token"), Status::protocol,
                                      "access_token"));
    faults.push_back(redemption_fault("ATokenWithALineBreakIsAProtocolError",
                                      with(redeemed, "access_token", "a\r\nX-Evil: 1"s),
                                      Status::protocol, "characters"));
    faults.push_back(lifetime("ALifeIsANumber", with(redeemed, "expires_in", 1200), 1200));
    faults.push_back(
        lifetime("ALifeIsANumericString", with(redeemed, "expires_in", "1200"s), 1200));
    faults.push_back(lifetime("ALifeOfZeroIsFiveMinutes", with(redeemed, "expires_in", 0), 300));
    faults.push_back(lifetime("AnAbsentLifeIsFiveMinutes", without(redeemed, "expires_in"), 300));
    return faults;
}

}  // namespace mcp_auth::integration
