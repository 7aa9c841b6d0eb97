// Rules F1 and F2: an ID-JAG that breaks one of them never leaves.
#include "fault.hpp"

#include <Poco/JSON/Array.h>

#include <ctime>

namespace mcp_auth::integration {

namespace {

using Claims = Poco::JSON::Object;

Fault id_jag_fault(std::string name, std::function<void(Claims& header, Claims& claims)> change,
                   std::string says) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = [change = std::move(change)](Enterprise& enterprise) {
        enterprise.change_id_jag(change);
    };
    fault.status = Status::protocol;
    fault.leg = "id_jag";
    fault.says = std::move(says);
    fault.exchanges = 1;
    fault.redemptions = 0;
    return fault;
}

Fault without_claim(std::string name, std::string claim) {
    return id_jag_fault(
        std::move(name), [claim](Claims&, Claims& claims) { claims.remove(claim); }, claim);
}

template <class Value>
Fault with_claim(std::string name, std::string claim, Value value) {
    return id_jag_fault(
        std::move(name), [claim, value](Claims&, Claims& claims) { claims.set(claim, value); },
        claim);
}

}  // namespace

std::vector<Fault> id_jag_faults() {
    using namespace std::string_literals;
    Poco::JSON::Array::Ptr two = new Poco::JSON::Array;
    two->add("https://auth.example");
    two->add("https://other.example");

    std::vector<Fault> faults;
    faults.push_back(id_jag_fault(
        "AnIdJagOfAnotherTypeIsNotSent", [](Claims& header, Claims&) { header.set("typ", "JWT"); },
        "typ"));
    faults.push_back(id_jag_fault(
        "AnIdJagWithoutTypeIsNotSent", [](Claims& header, Claims&) { header.remove("typ"); },
        "typ"));
    faults.push_back(id_jag_fault(
        "AnUnsignedIdJagIsNotSent", [](Claims& header, Claims&) { header.set("alg", "none"); },
        "alg"));
    faults.push_back(
        with_claim("AnIdJagOfAnotherIssuerIsNotSent", "iss", "https://other.example"s));
    faults.push_back(without_claim("AnIdJagWithoutIssuerIsNotSent", "iss"));
    faults.push_back(
        with_claim("AnIdJagForAnotherAudienceIsNotSent", "aud", "https://other.example"s));
    faults.push_back(with_claim("AnIdJagForTwoAudiencesIsNotSent", "aud", two));
    faults.push_back(without_claim("AnIdJagWithoutAudienceIsNotSent", "aud"));
    faults.push_back(with_claim("AnIdJagForAnotherClientIsNotSent", "client_id", "somebody"s));
    faults.push_back(without_claim("AnIdJagWithoutClientIsNotSent", "client_id"));
    faults.push_back(
        with_claim("AnIdJagForAnotherResourceIsNotSent", "resource", "https://other.example/"s));
    faults.push_back(without_claim("AnIdJagWithoutIdentifierIsNotSent", "jti"));
    faults.push_back(without_claim("AnIdJagWithoutSubjectIsNotSent", "sub"));
    faults.push_back(without_claim("AnIdJagWithoutTimeOfIssueIsNotSent", "iat"));
    faults.push_back(without_claim("AnIdJagWithoutExpiryIsNotSent", "exp"));
    faults.push_back(with_claim("AnExpiredIdJagIsNotSent", "exp",
                                static_cast<Poco::Int64>(std::time(nullptr) - 3600)));
    faults.push_back(
        with_claim("AnIdJagWithMoreScopeThanAskedIsNotSent", "scope", "chat.read root"s));
    faults.push_back(with_claim("AnIdJagWhoseScopeIsNoStringIsNotSent", "scope", 7));

    auto& one = faults.emplace_back();
    one.name = "AnAudienceInAListOfOneIsFine";
    one.arrange = [](Enterprise& enterprise) {
        enterprise.change_id_jag(
            [issuer = enterprise.authorization_server_issuer()](Claims&, Claims& claims) {
                Poco::JSON::Array::Ptr list = new Poco::JSON::Array;
                list->add(issuer);
                claims.set("aud", list);
            });
    };
    return faults;
}

}  // namespace mcp_auth::integration
