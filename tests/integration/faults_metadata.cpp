#include "fault.hpp"

#include <Poco/JSON/Array.h>

#include <fstream>

namespace mcp_auth::integration {

namespace {

Poco::JSON::Array::Ptr list(const std::vector<std::string>& items) {
    Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
    for (const auto& item : items) array->add(item);
    return array;
}

// Of an authority that nobody here has a certificate of.
constexpr const char* list_of_another =
    "-----BEGIN X509 CRL-----\n"
    "MIG1MF0CAQEwCgYIKoZIzj0EAwIwHDEaMBgGA1UEAwwRYW5vdGhlciBhdXRob3Jp\n"
    "dHkXDTI2MTEyNjE4MzYyNVoYDzIxMjYxMTAyMTgzNjI1WqAOMAwwCgYDVR0UBAMC\n"
    "AQEwCgYIKoZIzj0EAwIDSAAwRQIgQ5x6kZF10jwMCQtb2Db8VEWFzp7Km/t5Y91p\n"
    "ZVfCSMcCIQCBCXBr36+HIAXGBYGWt2h9K/eElqWb1mcorJRzqL+wHA==\n"
    "-----END X509 CRL-----\n";

// With this text in policy.crl_file, beside the authority's certificate.
Fault revocation_fault(std::string name, std::string list, std::string says) {
    Fault fault;
    fault.name = std::move(name);
    fault.configure = [list](json::Value& configuration) {
        json::Value& policy = *configuration.find("policy");
        const std::string path = std::string(policy.string("ca_file")) + ".crl";
        std::ofstream(path) << list;
        policy.set("crl_file", path);
    };
    fault.status = Status::misconfigured;
    fault.says = std::move(says);
    fault.exchanges = fault.redemptions = 0;
    return fault;
}

Fault resource_fault(std::string name, std::function<void(Enterprise&)> arrange, std::string says) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = std::move(arrange);
    fault.status = Status::misconfigured;
    fault.leg = "resource_metadata";
    fault.says = std::move(says);
    fault.exchanges = fault.redemptions = 0;
    return fault;
}

Fault server_fault(std::string name, std::function<void(Enterprise&)> arrange, Status status,
                   std::string says) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = std::move(arrange);
    fault.status = status;
    fault.leg = "server_metadata";
    fault.says = std::move(says);
    fault.exchanges = fault.redemptions = 0;
    return fault;
}

}  // namespace

std::vector<Fault> metadata_faults() {
    constexpr auto resource = Document::resource_metadata;
    constexpr auto server = Document::authorization_server_metadata;
    std::vector<Fault> faults;
    faults.push_back(resource_fault(
        "ResourceMetadataForAnotherResourceIsNotUsed",
        with(resource, "resource", std::string("https://other.example/mcp")), "resource"));
    faults.push_back(resource_fault("ResourceMetadataWithoutAuthorizationServersIsMisconfigured",
                                    without(resource, "authorization_servers"),
                                    "names no authorization server"));
    faults.push_back(resource_fault("ResourceMetadataWithAnEmptyListOfServersIsMisconfigured",
                                    with(resource, "authorization_servers", list({})),
                                    "names no authorization server"));
    faults.push_back(resource_fault(
        "AServerThatIsNotAllowedGetsNothing",
        [](Enterprise& enterprise) {
            with(resource, "authorization_servers",
                 list({enterprise.stranger_url(), "https://evil.example"}))(enterprise);
        },
        "issuer"));

    auto& second = faults.emplace_back();
    second.name = "TheAllowedServerIsChosenThoughItIsTheSecond";
    second.arrange = [](Enterprise& enterprise) {
        with(resource, "authorization_servers",
             list({enterprise.stranger_url(), enterprise.authorization_server_issuer()}))(
            enterprise);
    };

    faults.push_back(server_fault("ServerMetadataOfAnotherIssuerIsNotUsed",
                                  with(server, "issuer", std::string("https://other.example")),
                                  Status::misconfigured, "byte for byte"));
    faults.push_back(
        server_fault("ServerMetadataWithATrailingSlashIsAnotherIssuer",
                     change(server,
                            [](Poco::JSON::Object& object) {
                                object.set("issuer", object.getValue<std::string>("issuer") + "/");
                            }),
                     Status::misconfigured, "byte for byte"));
    faults.push_back(server_fault("ServerMetadataWithoutATokenEndpointIsAProtocolError",
                                  without(server, "token_endpoint"), Status::protocol,
                                  "token_endpoint"));
    faults.push_back(
        server_fault("ATokenEndpointOverPlainHttpIsNotUsed",
                     with(server, "token_endpoint", std::string("http://auth.example/token")),
                     Status::misconfigured, "http"));

    auto& good_on_next = faults.emplace_back();
    good_on_next.name = "A500OnOneFormOfServerMetadataDoesNotEndTheChain";
    good_on_next.arrange = [](Enterprise& enterprise) {
        demo::ScriptedAnswer failed;
        failed.status = 500;
        enterprise.script(demo::answer(Server::authorization_server,
                                       "/.well-known/oauth-authorization-server", failed));
    };

    auto& path = faults.emplace_back();
    path.name = "AnIssuerWithAPathIsFound";
    path.options.authorization_server_path = "/tenant1";

    auto& idp_path = faults.emplace_back();
    idp_path.name = "AnIdentityProviderWithAPathIsFound";
    idp_path.options.idp_path = "/realms/acme";

    auto& plain = faults.emplace_back();
    plain.name = "PlainHttpOnLoopbackWorksWhereThePolicyAllowsIt";
    plain.options.tls = false;

    auto& refused = faults.emplace_back();
    refused.name = "PlainHttpOnLoopbackIsRefusedWithoutThePolicy";
    refused.options.tls = false;
    refused.configure = [](json::Value& configuration) {
        configuration.find("policy")->set("allow_http_loopback", false);
    };
    refused.status = Status::misconfigured;
    refused.says = "allow_http_loopback";
    refused.exchanges = refused.redemptions = 0;

    auto& private_network = faults.emplace_back();
    private_network.name = "AnAddressOfAPrivateNetworkIsRefusedUnlessItIsListed";
    private_network.configure = [](json::Value& configuration) {
        configuration.find("policy")->set("private_networks", json::Value::array());
    };
    private_network.status = Status::misconfigured;
    private_network.says = "private_networks";
    private_network.exchanges = private_network.redemptions = 0;

    auto& unknown_ca = faults.emplace_back();
    unknown_ca.name = "ACertificateOfAnUnknownAuthorityIsRefused";
    unknown_ca.configure = [](json::Value& configuration) {
        configuration.find("policy")->erase("ca_file");
    };
    unknown_ca.status = Status::misconfigured;
    unknown_ca.says = "certificate";
    unknown_ca.exchanges = unknown_ca.redemptions = 0;

    faults.push_back(revocation_fault("ARevocationListThatCannotBeReadIsRefused", "not PEM",
                                      "cannot be read as PEM revocation lists"));
    faults.push_back(revocation_fault("AnAuthorityWithoutARevocationListIsRefused", list_of_another,
                                      "policy.crl_file has no revocation list"));
    return faults;
}

}  // namespace mcp_auth::integration
