#include "peer.hpp"

#include <Poco/Base64Encoder.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include "keys.hpp"

#include <algorithm>
#include <sstream>

namespace mcp_auth::demo {

Poco::JSON::Object::Ptr Reply::json() const {
    const auto object = parse_object(body);
    EXPECT_TRUE(object) << "not a JSON object, status " << status;
    return object ? object : new Poco::JSON::Object;
}

std::string Reply::text(const std::string& member) const {
    return json()->optValue<std::string>(member, "");
}

Fields with(Fields fields, const std::string& name, const std::string& value) {
    fields = without(std::move(fields), name);
    fields.emplace_back(name, value);
    return fields;
}

Fields without(Fields fields, const std::string& name) {
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    return fields;
}

Peer::Peer(Options options) {
    auto started = Enterprise::start(std::move(options));
    if (!started) throw std::runtime_error(started.error().message);
    enterprise_ = *std::move(started);
}

Reply Peer::send(const std::string& method, const std::string& url, const HeaderList& headers,
                 const std::string& body) {
    const Poco::URI uri(url);
    std::unique_ptr<Poco::Net::HTTPClientSession> session;
    if (uri.getScheme() == "https") {
        Poco::Net::Context::Ptr context =
            new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, enterprise_->ca_file(),
                                   Poco::Net::Context::VERIFY_STRICT);
        session =
            std::make_unique<Poco::Net::HTTPSClientSession>(uri.getHost(), uri.getPort(), context);
    } else {
        session = std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort());
    }
    Poco::Net::HTTPRequest request(method, uri.getPathAndQuery(), "HTTP/1.1");
    for (const auto& [name, value] : headers) request.add(name, value);
    if (method != "GET") request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    session->sendRequest(request).write(body.data(), static_cast<std::streamsize>(body.size()));
    Reply reply;
    std::istream& in = session->receiveResponse(reply.head);
    Poco::StreamCopier::copyToString(in, reply.body);
    reply.status = reply.head.getStatus();
    return reply;
}

std::string Peer::form_encode(const std::string& text) {
    std::string encoded;
    Poco::URI::encode(text, "!#$&'()*+,/:;=?@[]% ", encoded);
    return encoded;
}

Reply Peer::form(const std::string& url, const Fields& fields, const HeaderList& headers) {
    std::string body;
    for (const auto& [name, value] : fields)
        body += (body.empty() ? "" : "&") + form_encode(name) + "=" + form_encode(value);
    HeaderList all = headers;
    all.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return send("POST", url, all, body);
}

HeaderList Peer::basic(const Client& client) {
    std::ostringstream encoded;
    Poco::Base64Encoder encoder(encoded);
    encoder.rdbuf()->setLineLength(0);
    encoder << form_encode(client.id) << ":" << form_encode(client.secret);
    encoder.close();
    return {{"Authorization", "Basic " + encoded.str()}};
}

Fields Peer::exchange_fields(const std::string& user, const std::string& scope) {
    const auto id_token = enterprise_->sign_in({.user = user, .write = false});
    EXPECT_TRUE(id_token);
    return {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
            {"requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"},
            {"audience", enterprise_->authorization_server_issuer()},
            {"resource", enterprise_->mcp_url()},
            {"scope", scope},
            {"subject_token", *id_token},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:id_token"}};
}

Fields Peer::redemption_fields(const std::string& id_jag) {
    return {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
            {"assertion", id_jag},
            {"resource", enterprise_->mcp_url()}};
}

std::string Peer::id_jag(const std::string& user, const std::string& scope) {
    const Reply reply = exchange(exchange_fields(user, scope));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.text("access_token");
}

std::string Peer::access_token(const std::string& user, const std::string& scope) {
    const Reply reply = redeem(redemption_fields(id_jag(user, scope)));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.text("access_token");
}

Poco::JSON::Object::Ptr claims_of(const std::string& token) {
    const std::size_t first = token.find('.');
    const std::size_t second = token.find('.', first + 1);
    const auto claims = from_base64url(token.substr(first + 1, second - first - 1));
    const auto object = parse_object(claims.value_or(""));
    EXPECT_TRUE(object) << "not a JWT";
    return object ? object : new Poco::JSON::Object;
}

}  // namespace mcp_auth::demo
