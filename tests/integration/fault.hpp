// The fault table: one valid enterprise each, with exactly one thing wrong, and what a user of the
// command then sees.
#pragma once

#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <Poco/JSON/Object.h>

#include <functional>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::integration {

using demo::Document;
using demo::Enterprise;
using demo::Server;

struct Fault {
    std::string name;                          // a sentence of what must hold, in CamelCase
    std::function<void(Enterprise&)> arrange;  // what is wrong
    Status status = Status::ok;
    std::string leg;   // the error names it
    std::string says;  // a part of the message that names the fault
    // How many requests reach a token endpoint; nothing: any number.
    std::optional<std::size_t> exchanges, redemptions;
    demo::Options options;
    std::function<void(json::Value& configuration)> configure;
    std::function<void(Enterprise&, const json::Value& token)> look;  // at a success
};

// How a failed test prints it.
inline void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

std::vector<Fault> challenge_faults();
std::vector<Fault> client_faults();
std::vector<Fault> metadata_faults();
std::vector<Fault> exchange_faults();
std::vector<Fault> id_jag_faults();
std::vector<Fault> redemption_faults();
std::vector<Fault> subject_faults();
std::vector<Fault> subject_type_faults();
std::vector<Fault> composition_faults();
std::vector<Fault> quirks();
std::vector<Fault> client_credentials_faults();
std::vector<Fault> workload_faults();

// A change of one kind of document.
inline auto change(Document which, std::function<void(Poco::JSON::Object&)> how) {
    return [which, how](Enterprise& enterprise) {
        enterprise.change_document([which, how](Document document, Poco::JSON::Object& object) {
            if (document == which) how(object);
        });
    };
}
inline auto without(Document which, std::string member) {
    return change(which, [member](Poco::JSON::Object& object) { object.remove(member); });
}
template <class Value>
auto with(Document which, std::string member, Value value) {
    return change(which,
                  [member, value](Poco::JSON::Object& object) { object.set(member, value); });
}
// A change of the one connection of the configuration, or of its one provider.
inline void change_connection(json::Value& configuration,
                              const std::function<void(json::Value&)>& how) {
    auto connection = configuration.find("connections")->items().front();
    how(connection);
    configuration.set("connections", json::Value::array().push(std::move(connection)));
}
inline json::Value& provider(json::Value& configuration) {
    return *configuration.find("providers")->find("acme");
}
// Where the enterprise wrote a sign-in of this type (Enterprise::subject_file).
inline std::string subject_file(json::Value& configuration, const std::string& type) {
    std::string file(provider(configuration).find("subject")->find("from")->string("file"));
    return file.replace(file.rfind('/') + 1, std::string::npos, type);
}
inline void subject_is(json::Value& configuration, const std::string& type) {
    auto from = json::Value::object().set("file", subject_file(configuration, type));
    provider(configuration)
        .set("subject", json::Value::object().set("type", type).set("from", std::move(from)));
}
inline auto signed_in(demo::SignIn sign_in) {
    return [sign_in](Enterprise& enterprise) {
        if (auto token = enterprise.sign_in(sign_in); !token)
            throw std::runtime_error(token.error().message);
    };
}
// What was sent to a token endpoint, for `look`.
inline demo::RecordedRequest token_request(Enterprise& enterprise, Server server,
                                           std::size_t which = 0) {
    std::vector<demo::RecordedRequest> posts;
    for (const auto& request : enterprise.requests(server))
        if (request.method == "POST" && request.field("grant_type")) posts.push_back(request);
    return posts.at(which);
}
inline void expect_equal(const std::optional<std::string>& sent, const std::string& expected) {
    if (sent != expected)
        throw std::runtime_error("sent " + sent.value_or("nothing") + ", expected " + expected);
}
inline void expect_absent(const std::optional<std::string>& sent, const std::string& name) {
    if (sent) throw std::runtime_error(name + " was sent");
}

// The OAuth errors of K that mean the same on both legs.
struct OAuthErrorRow {
    const char* code;
    int http;
    Status status;
};
inline std::vector<OAuthErrorRow> and_errors_of_any_grant(std::vector<OAuthErrorRow> rows) {
    rows.insert(rows.end(),
                {{"access_denied", 403, Status::denied},
                 {"invalid_target", 400, Status::denied},
                 {"invalid_scope", 400, Status::denied},
                 {"unauthorized_client", 400, Status::denied},
                 {"unsupported_grant_type", 400, Status::misconfigured},
                 {"invalid_client", 401, Status::misconfigured},
                 {"insufficient_user_authentication", 400, Status::interaction_required}});
    return rows;
}

// Another answer of a token endpoint.
inline auto answer(Server server, demo::ScriptedAnswer scripted, unsigned times = 0) {
    return [=](Enterprise& enterprise) {
        enterprise.script(demo::answer(server, "/token", scripted, times));
    };
}

}  // namespace mcp_auth::integration
