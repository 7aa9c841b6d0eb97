#include "client_directory.hpp"

#include "client_authentication.hpp"
#include "jwt.hpp"
#include "keys.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/URI.h>

#include <algorithm>
#include <istream>
#include <iterator>

namespace mcp_auth::demo {
namespace {

// RFC 8252 7.3.
bool is_loopback(const std::string& redirect_uri) {
    try {
        const Poco::URI uri(redirect_uri);
        return uri.getScheme() == "http" && uri.getFragment().empty() && uri.getQuery().empty() &&
               (uri.getHost() == "127.0.0.1" || uri.getHost() == "localhost");
    } catch (const Poco::Exception&) {
        return false;
    }
}

std::vector<std::string> strings(const Object& object, const std::string& name) {
    std::vector<std::string> all;
    const Array::Ptr array = object.isArray(name) ? object.getArray(name) : nullptr;
    for (std::size_t i = 0; array && i < array->size(); ++i)
        if (array->get(static_cast<unsigned>(i)).isString())
            all.push_back(array->get(static_cast<unsigned>(i)).extract<std::string>());
    return all;
}

std::optional<ClientMethod> method_named(const std::string& name) {
    for (const ClientMethod method :
         {ClientMethod::none, ClientMethod::client_secret_basic, ClientMethod::client_secret_post})
        if (name == to_string(method)) return method;
    return std::nullopt;
}

// What is wrong with a registration, by RFC 7591 3.2.2.
std::optional<Answer> refused(const KnownClient& client) {
    const auto& grants = client.grants;
    if (!std::all_of(client.redirect_uris.begin(), client.redirect_uris.end(), is_loopback))
        return error_answer(400, "invalid_redirect_uri", "not on loopback");
    const bool by_code =
        std::find(grants.begin(), grants.end(), authorization_code_grant) != grants.end();
    if (by_code && client.redirect_uris.empty())
        return error_answer(400, "invalid_redirect_uri", "a code needs somewhere to go");
    if (grants.empty() || intersect(grants, {authorization_code_grant, refresh_token_grant,
                                             device_code_grant, token_exchange_grant}) != grants)
        return error_answer(400, "invalid_client_metadata", "grant_types");
    return std::nullopt;
}

Poco::Net::Context::Ptr trusting(const std::string& authority_file) {
    Poco::Net::Context::Params params;
    params.caLocation = authority_file;
    params.verificationMode = Poco::Net::Context::VERIFY_STRICT;
    params.loadDefaultCAs = false;
    return new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, params);
}

}  // namespace

bool KnownClient::may_be_answered_at(const std::string& redirect_uri) const {
    if (redirect_uris.empty()) return is_loopback(redirect_uri);
    return std::find(redirect_uris.begin(), redirect_uris.end(), redirect_uri) !=
           redirect_uris.end();
}

bool KnownClient::may_use(const std::string& grant) const {
    return grants.empty() || std::find(grants.begin(), grants.end(), grant) != grants.end();
}

std::optional<KnownClient> ClientDirectory::find(const std::string& id) const {
    if (id == party_.options.idp_client.id) return KnownClient{party_.options.idp_client, {}, {}};
    if (!party_.options.open_registration) return std::nullopt;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = registered_.find(id); found != registered_.end())
            return found->second;
    }
    return id.rfind("https://", 0) == 0 ? by_document(id) : std::nullopt;
}

std::optional<KnownClient> ClientDirectory::claimed_by(const RecordedRequest& request,
                                                       const Form& form) const {
    std::string id = form["client_id"];
    if (const auto basic = basic_credentials(request.header("Authorization"))) id = basic->id;
    return id.empty() ? find(party_.options.idp_client.id) : find(id);
}

// A stranger's URL that this server asks for: nothing but loopback, or it would be an errand boy.
std::optional<KnownClient> ClientDirectory::by_document(const std::string& url) const {
    try {
        const Poco::URI uri(url);
        if (uri.getHost() != "localhost" && uri.getHost() != "127.0.0.1") return std::nullopt;
        Poco::Net::HTTPSClientSession session(uri.getHost(), uri.getPort(),
                                              trusting(party_.authority_file));
        session.setTimeout(Poco::Timespan(5, 0));
        Poco::Net::HTTPRequest request("GET", uri.getPathAndQuery(), "HTTP/1.1");
        session.sendRequest(request);
        Poco::Net::HTTPResponse response;
        std::istream& body = session.receiveResponse(response);
        const std::string text(std::istreambuf_iterator<char>(body), {});
        const Object::Ptr document = parse_object(text);
        if (response.getStatus() != Poco::Net::HTTPResponse::HTTP_OK || !document ||
            string_member(*document, "client_id") != url ||
            string_member(*document, "token_endpoint_auth_method").value_or("none") != "none")
            return std::nullopt;
        KnownClient client;
        client.client.id = url;
        client.client.method = ClientMethod::none;
        return client;
    } catch (const Poco::Exception&) {
        return std::nullopt;
    }
}

Answer ClientDirectory::register_client(const RecordedRequest& request) {
    const Object::Ptr asked = request.method == "POST" ? parse_object(request.body) : nullptr;
    if (!asked) return error_answer(400, "invalid_client_metadata", "not a JSON object");
    const auto method = method_named(
        string_member(*asked, "token_endpoint_auth_method").value_or("client_secret_basic"));
    if (!method) return error_answer(400, "invalid_client_metadata", "token_endpoint_auth_method");
    KnownClient client;
    client.client.id = "registered-" + random_text(8);
    client.client.method = *method;
    if (*method != ClientMethod::none)
        client.client.secret = "registered+secret " + random_text(24);
    client.redirect_uris = strings(*asked, "redirect_uris");
    client.grants = strings(*asked, "grant_types");
    if (auto refusal = refused(client)) return *std::move(refusal);
    party_.ledger->secret(client.client.secret);

    Object::Ptr body = new_object();
    body->set("client_id", client.client.id);
    body->set("token_endpoint_auth_method", std::string(to_string(*method)));
    if (!client.client.secret.empty()) {
        body->set("client_secret", client.client.secret);
        body->set("client_secret_expires_at", 0);
    }
    body->set("redirect_uris", array_of(client.redirect_uris));
    body->set("grant_types", array_of(client.grants));
    const std::lock_guard lock(mutex_);
    registered_[client.client.id] = std::move(client);
    return json_answer(201, *body, no_store());
}

void ClientDirectory::forget_registered() {
    const std::lock_guard lock(mutex_);
    registered_.clear();
}

}  // namespace mcp_auth::demo
