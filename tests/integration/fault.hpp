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
// Another answer of a token endpoint.
inline auto answer(Server server, demo::ScriptedAnswer scripted, unsigned times = 0) {
    return [=](Enterprise& enterprise) {
        enterprise.script(demo::answer(server, "/token", scripted, times));
    };
}

}  // namespace mcp_auth::integration
