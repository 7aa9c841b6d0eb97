// Somebody who talks to the demo enterprise with nothing but Poco's HTTP client: one valid request
// of each kind, for tests to change in one place.
#pragma once

#include <Poco/JSON/Object.h>
#include <Poco/Net/HTTPResponse.h>
#include <mcp_auth/demo/enterprise.hpp>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::demo {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Reply {
    int status = 0;
    Poco::Net::HTTPResponse head;
    std::string body;

    Poco::JSON::Object::Ptr json() const;  // of the body; fails the test if it is not an object
    std::string text(const std::string& member) const;  // of json(); empty if absent
    std::string header(const std::string& name) const { return head.get(name, ""); }
};

// Replaces the field, or takes it away.
Fields with(Fields fields, const std::string& name, const std::string& value);
Fields without(Fields fields, const std::string& name);

class Peer {
public:
    explicit Peer(Options options = {});

    Enterprise& enterprise() { return *enterprise_; }
    Reply send(const std::string& method, const std::string& url, const HeaderList& headers = {},
               const std::string& body = {});
    Reply get(const std::string& url) { return send("GET", url); }
    Reply form(const std::string& url, const Fields& fields, const HeaderList& headers);

    // Both token endpoints, each with its valid request.
    std::string idp_token_url() const { return enterprise_->origin(Server::idp) + "/token"; }
    std::string token_url() const {
        return enterprise_->origin(Server::authorization_server) + "/token";
    }
    Fields exchange_fields(const std::string& user = "alice",
                           const std::string& scope = "chat.read");
    Fields redemption_fields(const std::string& id_jag);
    HeaderList idp_basic() const { return basic(enterprise_->idp_client()); }
    HeaderList mcp_basic() const { return basic(enterprise_->mcp_client()); }
    static HeaderList basic(const Client& client);
    static std::string form_encode(const std::string& text);
    Reply exchange(const Fields& fields) { return form(idp_token_url(), fields, idp_basic()); }
    Reply redeem(const Fields& fields) { return form(token_url(), fields, mcp_basic()); }
    // The whole way; each step must succeed.
    std::string id_jag(const std::string& user = "alice", const std::string& scope = "chat.read");
    std::string access_token(const std::string& user = "alice",
                             const std::string& scope = "chat.read");

private:
    std::unique_ptr<Enterprise> enterprise_;
};

// The claims of a JWT, not verified.
Poco::JSON::Object::Ptr claims_of(const std::string& token);

}  // namespace mcp_auth::demo
