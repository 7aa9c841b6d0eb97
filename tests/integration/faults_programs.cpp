// Programs without a user, through the command: client-credentials and workload-identity.
#include "fault.hpp"

#include <Poco/JSON/Array.h>

#include <stdexcept>

namespace mcp_auth::integration {

namespace {

constexpr auto jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

void by_client_credentials(json::Value& configuration) {
    provider(configuration) = json::Value::object().set("plugin", "client-credentials");
}

void by_workload_identity(json::Value& configuration) {
    auto from =
        json::Value::object().set("file", subject_file(configuration, "workload_assertion"));
    provider(configuration) =
        json::Value::object()
            .set("plugin", "workload-identity")
            .set("subject", json::Value::object().set("type", "jwt").set("from", std::move(from)));
}

auto provided(demo::WorkloadOrder order = {}) {
    return [order](Enterprise& enterprise) {
        if (auto assertion = enterprise.issue_workload_assertion(order); !assertion)
            throw std::runtime_error(assertion.error().message);
    };
}

Fault client_credentials(std::string name) {
    Fault fault;
    fault.name = std::move(name);
    fault.configure = by_client_credentials;
    fault.leg = "token";
    fault.exchanges = 0;
    return fault;
}

Fault workload(std::string name, demo::WorkloadOrder order = {}) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = provided(order);
    fault.configure = by_workload_identity;
    fault.leg = "redemption";
    fault.exchanges = 0;
    return fault;
}

Fault denied_workload(std::string name, demo::WorkloadOrder order, std::string says) {
    auto fault = workload(std::move(name), order);
    fault.status = Status::denied;
    fault.says = std::move(says);
    fault.redemptions = 1;  // K1: and none after it
    return fault;
}

std::function<void(Enterprise&)> grants_listed(std::string grant) {
    return change(Document::authorization_server_metadata, [grant](Poco::JSON::Object& metadata) {
        Poco::JSON::Array list;
        list.add(grant);
        metadata.set("grant_types_supported", list);
    });
}

}  // namespace

std::vector<Fault> client_credentials_faults() {
    std::vector<Fault> faults;
    auto good = client_credentials("GiveATokenForTheServersResource");
    good.redemptions = 1;
    good.look = [](Enterprise& enterprise, const json::Value& token) {
        const auto sent = token_request(enterprise, Server::authorization_server);
        expect_equal(sent.field("grant_type"), "client_credentials");
        expect_equal(sent.field("resource"), enterprise.mcp_url());
        expect_equal(sent.field("scope"), "chat.read");
        expect_absent(sent.field("client_secret"), "client_secret");
        expect_equal(std::string(token.string("scope")), "chat.read");
    };
    faults.push_back(std::move(good));

    auto by_key = client_credentials("WorkWithAKey");
    by_key.options.mcp_client.method = demo::ClientMethod::private_key_jwt;
    by_key.redemptions = 1;
    faults.push_back(std::move(by_key));

    auto unlisted = client_credentials("AreNotSentWhereTheServerDoesNotListTheGrant");
    unlisted.arrange = grants_listed(jwt_bearer);
    unlisted.status = Status::misconfigured;
    unlisted.says = "grant_types_supported";
    unlisted.redemptions = 0;
    faults.push_back(std::move(unlisted));

    auto nobody = client_credentials("OfAPublicClientAreDenied");
    nobody.options.mcp_client.method = demo::ClientMethod::none;
    nobody.status = Status::denied;
    nobody.says = "unauthorized_client";
    nobody.redemptions = 1;
    faults.push_back(std::move(nobody));

    auto scope = client_credentials("ForAScopeThatTheServerDoesNotGiveAreDenied");
    scope.arrange = answer(Server::authorization_server,
                           {.status = 400, .body = R"({"error": "invalid_scope"})"});
    scope.status = Status::denied;
    scope.says = "invalid_scope";
    scope.redemptions = 1;
    faults.push_back(std::move(scope));

    auto down = client_credentials("AreSentAgainWhenTheServerIsDown");
    down.arrange = answer(Server::authorization_server, {.status = 503, .body = "busy"}, 1);
    down.redemptions = 2;
    faults.push_back(std::move(down));
    return faults;
}

std::vector<Fault> workload_faults() {
    std::vector<Fault> faults;
    auto good = workload("ItsAssertionGivesATokenForTheServersResource");
    good.redemptions = 1;
    good.look = [](Enterprise& enterprise, const json::Value&) {
        const auto sent = token_request(enterprise, Server::authorization_server);
        expect_equal(sent.field("grant_type"), jwt_bearer);
        expect_equal(sent.field("resource"), enterprise.mcp_url());
        expect_equal(sent.field("scope"), "chat.read");
    };
    faults.push_back(std::move(good));

    auto nameless = workload("IsAPublicClientAsARule");
    nameless.options.mcp_client.method = demo::ClientMethod::none;
    nameless.redemptions = 1;
    faults.push_back(std::move(nameless));

    faults.push_back(denied_workload("OfAnotherAudienceIsDenied",
                                     {.audience = "https://wrong.example"}, "invalid_grant"));
    faults.push_back(
        denied_workload("OfAnotherSubjectIsDenied", {.subject = "system:other"}, "invalid_grant"));
    faults.push_back(denied_workload("OfAnotherPlatformIsDenied",
                                     {.issuer = "https://evil.example"}, "invalid_grant"));

    auto expired = workload("OfTheDayBeforeIsNotSent", {.lifetime = -86400});
    expired.status = Status::unavailable;
    expired.leg = "subject";
    expired.says = "expired";
    expired.redemptions = 0;
    faults.push_back(std::move(expired));

    auto missing = workload("WithoutItsFileIsMisconfigured");
    missing.arrange = nullptr;
    missing.status = Status::misconfigured;
    missing.leg = "subject";
    missing.says = "workload_assertion";
    missing.redemptions = 0;
    faults.push_back(std::move(missing));

    auto unlisted = workload("SendsNothingWhereTheServerDoesNotListTheGrant");
    unlisted.arrange = [](Enterprise& enterprise) {
        provided()(enterprise);
        grants_listed("client_credentials")(enterprise);
    };
    unlisted.status = Status::misconfigured;
    unlisted.says = "grant_types_supported";
    unlisted.redemptions = 0;
    faults.push_back(std::move(unlisted));

    auto down = workload("IsShownAgainWhenTheServerIsDown");
    down.arrange = [](Enterprise& enterprise) {
        provided()(enterprise);
        answer(Server::authorization_server, {.status = 503, .body = "busy"}, 1)(enterprise);
    };
    down.redemptions = 2;
    faults.push_back(std::move(down));
    return faults;
}

}  // namespace mcp_auth::integration
