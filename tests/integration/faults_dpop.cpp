// Proof of possession (RFC 9449; protocol.md J), through the command.
#include "fault.hpp"

#include <mcp_auth/jws.hpp>

#include <Poco/JSON/Array.h>

#include <set>
#include <stdexcept>

namespace mcp_auth::integration {

namespace {

using demo::DpopNonces;

demo::Options demanding(DpopNonces nonces = DpopNonces::none) {
    demo::Options options;
    options.dpop = true;
    options.dpop_nonces = nonces;
    return options;
}

Fault dpop_fault(std::string name, Status status, std::string leg, std::string says,
                 std::size_t exchanges, std::size_t redemptions) {
    Fault fault;
    fault.name = std::move(name);
    fault.options = demanding();
    fault.status = status;
    fault.leg = std::move(leg);
    fault.says = std::move(says);
    fault.exchanges = exchanges;
    fault.redemptions = redemptions;
    return fault;
}

// One key for both token endpoints, a proof of its own for each request, and an ID-JAG that is
// bound to that key.
void expect_proofs(Enterprise& enterprise, const json::Value&) {
    std::set<std::string> keys, ids;
    std::size_t proofs = 0;
    for (const auto server : {Server::idp, Server::authorization_server})
        for (const auto& request : enterprise.requests(server, "/token")) {
            const auto proof = Jws::decode(request.header("DPoP"));
            if (!proof) throw std::runtime_error("no proof");
            keys.insert(proof->header.find("jwk")->dump());
            ids.emplace(proof->payload.string("jti"));
            expect_equal(std::string(proof->payload.string("htu")),
                         enterprise.origin(server) + "/token");
            ++proofs;
        }
    if (keys.size() != 1) throw std::runtime_error("not one key");
    if (ids.size() != proofs) throw std::runtime_error("a jti was used again");
    const auto redemption = token_request(enterprise, Server::authorization_server);
    const auto id_jag = Jws::decode(*redemption.field("assertion"));
    if (!id_jag || id_jag->payload.find("cnf") == nullptr)
        throw std::runtime_error("the ID-JAG is not bound");
}

auto wants_a_nonce_for_ever(Server server) {
    auto refusal = demo::oauth_error(400, "use_dpop_nonce");
    refusal.headers.emplace_back("DPoP-Nonce", "another");
    return answer(server, refusal);
}

// The connection's "dpop". `key`: with the client's own key file.
std::function<void(json::Value&)> dpop_is(json::Value dpop, bool key = false) {
    return [dpop, key](json::Value& configuration) {
        change_connection(configuration, [&](json::Value& connection) {
            auto setting = dpop;
            if (key) setting.set("key", *connection.find("clients")->find("mcp")->find("key"));
            connection.set("dpop", std::move(setting));
        });
    };
}

demo::Options with_rsa_key() {
    auto options = demanding();
    options.mcp_client.method = demo::ClientMethod::private_key_jwt;
    options.mcp_client.algorithm = "RS256";
    return options;
}

}  // namespace

std::vector<Fault> dpop_faults() {
    using namespace std::string_literals;
    std::vector<Fault> faults;
    struct Kind {
        const char* name;
        DpopNonces nonces;
        std::size_t requests;  // at each token endpoint
    };
    for (const auto& kind :
         {Kind{"WithoutNonces", DpopNonces::none, 1}, Kind{"WithNonces", DpopNonces::reusable, 2},
          Kind{"WithNoncesOfOneUse", DpopNonces::single_use, 2}}) {
        auto& fault = faults.emplace_back();
        fault.name = "ATokenIsBoundToOurKey_"s + kind.name;
        fault.options = demanding(kind.nonces);
        fault.exchanges = fault.redemptions = kind.requests;
        fault.look = expect_proofs;
    }
    auto& file = faults.emplace_back();
    file.name = "ATokenIsBoundToTheKeyOfAFile";
    file.options = with_rsa_key();
    file.configure = dpop_is(json::Value::object().set("alg", "PS256"), true);
    file.exchanges = file.redemptions = 1;
    file.look = expect_proofs;

    auto type = dpop_fault("ADpopKeyOfAnotherTypeThanAlgIsMisconfigured", Status::misconfigured,
                           "resource_metadata", "the DPoP key is an RSA key of 2048 bits", 0, 0);
    type.options = with_rsa_key();
    type.configure = dpop_is(json::Value::object().set("alg", "ES256"), true);
    faults.push_back(std::move(type));

    auto unreadable = dpop_fault("ADpopKeyThatIsNotThereIsMisconfigured", Status::misconfigured,
                                 "dpop", "gone.pem: No such file", 0, 0);
    unreadable.configure = dpop_is(json::Value::object().set(
        "key", json::Value::object().set("file", "/nonexistent/gone.pem")));
    faults.push_back(std::move(unreadable));

    auto unlisted =
        dpop_fault("AnAlgorithmThatTheServerTakesNoProofsByIsMisconfigured", Status::misconfigured,
                   "server_metadata", "dpop_signing_alg_values_supported", 0, 0);
    unlisted.arrange = change(Document::authorization_server_metadata, [](Poco::JSON::Object& all) {
        Poco::JSON::Array list;
        list.add("RS256"s);
        all.set("dpop_signing_alg_values_supported", list);
    });
    faults.push_back(std::move(unlisted));

    auto off = dpop_fault("OffIsRefusedWhereTheServerDemandsDPoP", Status::misconfigured,
                          "resource_metadata", "\"off\"", 0, 0);
    off.configure = dpop_is("off");
    faults.push_back(std::move(off));

    auto ever = dpop_fault("ANonceThatIsWantedForEverEndsTheRedemption", Status::protocol,
                           "redemption", "use_dpop_nonce", 1, 2);
    ever.arrange = wants_a_nonce_for_ever(Server::authorization_server);
    faults.push_back(std::move(ever));
    auto ever_idp = dpop_fault("ANonceThatIsWantedForEverEndsTheExchange", Status::protocol,
                               "exchange", "use_dpop_nonce", 2, 0);
    ever_idp.arrange = wants_a_nonce_for_ever(Server::idp);
    faults.push_back(std::move(ever_idp));

    auto bearer = dpop_fault("ABearerTokenIsDiscardedWhereDPoPIsDemanded", Status::misconfigured,
                             "redemption", "discarded", 1, 1);
    bearer.arrange = with(Document::redemption_response, "token_type", "Bearer"s);
    faults.push_back(std::move(bearer));

    auto ignored = dpop_fault("ABearerTokenIsDiscardedWhereTheAdministratorRequiresDPoP",
                              Status::misconfigured, "redemption", "discarded", 1, 1);
    ignored.options = {};
    ignored.configure = dpop_is("required");
    faults.push_back(std::move(ignored));

    auto foreign = dpop_fault("AnIdJagThatIsBoundToAnotherKeyIsNotShown", Status::protocol,
                              "id_jag", "cnf.jkt", 1, 0);
    foreign.arrange = [](Enterprise& enterprise) {
        enterprise.change_id_jag([](Poco::JSON::Object&, Poco::JSON::Object& claims) {
            Poco::JSON::Object cnf;
            cnf.set("jkt", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"s);
            claims.set("cnf", cnf);
        });
    };
    faults.push_back(std::move(foreign));
    return faults;
}

}  // namespace mcp_auth::integration
