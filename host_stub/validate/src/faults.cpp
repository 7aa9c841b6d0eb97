#include "faults.hpp"

#include <utility>

namespace mcp_auth::validate {
namespace {

using testing::ServiceCall;

constexpr std::size_t token_response_limit = 64 * 1024;

Fault failing(std::string name, FaultKind kind, Error error) {
    Fault fault;
    fault.name = "failing: " + std::move(name);
    fault.kind = kind;
    fault.error = std::move(error);
    return fault;
}

// Its answer is another one: the caller says which.
Fault answering(std::string name, FaultKind kind = FaultKind::odd) {
    Fault fault;
    fault.name = "answering " + std::move(name);
    fault.kind = kind;
    return fault;
}

Error with_http_status(Error error, int status) {
    error.http_status = status;
    if (error.status == Status::unavailable) error.retry_after = std::chrono::seconds(30);
    return error;
}

Fault http_status(FaultKind kind, Status status, int number) {
    return failing("HTTP " + std::to_string(number), kind,
                   with_http_status(
                       Error(status, "token", "answered HTTP " + std::to_string(number)), number));
}

void add_network(std::vector<Fault>& faults) {
    faults.push_back(failing("the network", FaultKind::transient,
                             Error(Status::unavailable, "token", "the connection was refused")));
    for (const int number : {429, 500, 503})
        faults.push_back(http_status(FaultKind::transient, Status::unavailable, number));
}

Fault oauth(FaultKind kind, Status status, const char* code) {
    Fault fault = failing(code, kind, testing::oauth_error(status, "token", code, "no"));
    if (std::string_view(code) == "insufficient_user_authentication") {
        fault.error->max_age = std::chrono::seconds(60);
        fault.error->acr_values = "urn:example:strong";
    }
    return fault;
}

void add_token_errors(std::vector<Fault>& faults, bool exchange) {
    add_network(faults);
    for (const char* code : {"temporarily_unavailable", "server_error"})
        faults.push_back(oauth(FaultKind::transient, Status::unavailable, code));
    for (const char* code : {"access_denied", "invalid_scope", "invalid_target",
                             "unauthorized_client", "invalid_request", "some_other_error"})
        faults.push_back(oauth(FaultKind::refusal, Status::denied, code));
    for (const char* code : {"invalid_client", "unsupported_grant_type"})
        faults.push_back(oauth(FaultKind::refusal, Status::misconfigured, code));
    // What the host makes of it depends on the grant: a bad subject token means a new sign-in.
    faults.push_back(oauth(FaultKind::refusal,
                           exchange ? Status::interaction_required : Status::denied,
                           "invalid_grant"));
    for (const char* code : {"insufficient_user_authentication", "login_required"})
        faults.push_back(oauth(FaultKind::interaction, Status::interaction_required, code));
    for (const int number : {302, 404, 200})
        faults.push_back(http_status(FaultKind::malformed, Status::protocol, number));
}

using Alter = std::function<void(json::Value&, testing::PlausibleWorld&)>;

Fault token_answer(std::string name, Alter alter) {
    Fault fault = answering(std::move(name));
    fault.token = std::move(alter);
    return fault;
}

// What a host hands on: it has checked limits, types and, but for an exchange, the token's.
void add_token_answers(std::vector<Fault>& faults, bool exchange) {
    const auto setting = [](const char* member, json::Value value) {
        return [member, value = std::move(value)](json::Value& body, testing::PlausibleWorld&) {
            body.set(member, value);
        };
    };
    const auto without = [](const char* member) {
        return [member](json::Value& body, testing::PlausibleWorld&) { body.erase(member); };
    };
    faults.push_back(token_answer("without expires_in", without("expires_in")));
    faults.push_back(token_answer("without a scope", without("scope")));
    faults.push_back(token_answer("with another scope", setting("scope", "other.scope")));
    faults.push_back(token_answer("with an empty scope", setting("scope", "")));
    faults.push_back(token_answer("with a DPoP token", setting("token_type", "DPoP")));
    faults.push_back(
        token_answer("with unknown members", [](json::Value& body, testing::PlausibleWorld&) {
            body.set("x-list", json::Value::array().push(1).push(nullptr));
            body.set("x-object", json::Value::object().set("a", true));
        }));
    faults.push_back(
        token_answer("with a long token", [](json::Value& body, testing::PlausibleWorld& world) {
            std::string token = world.secret();
            while (token.size() < token_response_limit / 8) token += "abcdefgh";
            body.set("access_token", token);
        }));
    if (!exchange) return;
    faults.push_back(token_answer("without issued_token_type", without("issued_token_type")));
    faults.push_back(token_answer("with another issued_token_type",
                                  setting("issued_token_type", "urn:example:other")));
    faults.push_back(token_answer("without a token_type", without("token_type")));
    faults.push_back(token_answer("with a token that is no JWT",
                                  [](json::Value& body, testing::PlausibleWorld& world) {
                                      body.set("access_token", world.secret());
                                  }));
    for (const char* jwt : {"..", "e30.e30.", "a.b.c.d.e", "eyJhbGciOiJub25lIn0.e30."})
        faults.push_back(token_answer("with a JWT that is none", setting("access_token", jwt)));
}

Fault http_answer(std::string name, FaultKind kind, std::uint32_t status, std::string body) {
    Fault fault = answering(std::move(name), kind);
    fault.http = [status, body = std::move(body)](testing::HttpAnswer& answer,
                                                  testing::PlausibleWorld& world) {
        answer.status = status;
        answer.body = body;
        // As a careless server would quote what it was sent.
        if (status >= 400) answer.body += "you sent " + world.secret();
    };
    return fault;
}

void add_http(std::vector<Fault>& faults) {
    faults.push_back(failing("the network", FaultKind::transient,
                             Error(Status::unavailable, "http", "the connection was refused")));
    faults.push_back(failing("the origin is not listed", FaultKind::refusal,
                             Error(Status::misconfigured, "http", "not an origin of ours")));
    for (const std::uint32_t status : {429u, 500u, 503u})
        faults.push_back(http_answer("HTTP " + std::to_string(status), FaultKind::transient, status,
                                     "<html>no</html>"));
    for (const std::uint32_t status : {400u, 401u, 403u, 404u})
        faults.push_back(
            http_answer("HTTP " + std::to_string(status), FaultKind::refusal, status, "no: "));
    faults.push_back(http_answer("HTTP 302", FaultKind::malformed, 302, ""));
    const std::pair<const char*, std::string> bodies[] = {
        {"nothing", ""},
        {"null", "null"},
        {"an array", "[]"},
        {"an empty object", "{}"},
        {"JSON that is cut off", R"({"access_token":"abc)"},
        {"JSON of a great depth", std::string(20000, '[')},
        {"a megabyte", std::string(1 << 20, 'x')},
        {"bytes that are no text", std::string("\0\xff\xfe{}", 5)},
    };
    for (const auto& [name, body] : bodies)
        faults.push_back(http_answer(name, FaultKind::malformed, 200, body));
}

void add_client(std::vector<Fault>& faults) {
    add_network(faults);
    faults.push_back(failing("there is no such client", FaultKind::refusal,
                             Error(Status::misconfigured, "client", "no such client")));
    faults.push_back(failing("its issuer's metadata is another's", FaultKind::refusal,
                             Error(Status::misconfigured, "discovery", "another issuer")));
    const auto add = [&](std::string name, std::function<void(testing::ClientAnswer&)> how) {
        Fault fault = answering(std::move(name));
        fault.client = std::move(how);
        faults.push_back(std::move(fault));
    };
    add("without metadata", [](testing::ClientAnswer& client) { client.metadata.clear(); });
    add("metadata that lists no grants", [](testing::ClientAnswer& client) {
        client.metadata.insert(1, R"("grant_types_supported":[],)");
    });
    add("another issuer", [](testing::ClientAnswer& client) {
        client.issuer = "https://other.example";
        client.metadata = testing::PlausibleWorld::metadata_of(client.issuer);
    });
    add("a key for DPoP", [](testing::ClientAnswer& client) {
        client.dpop_jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    });
}

void add_subject(std::vector<Fault>& faults) {
    faults.push_back(failing("nobody is signed in", FaultKind::interaction,
                             Error(Status::interaction_required, "subject", "sign in")));
    faults.push_back(failing("its source cannot be asked", FaultKind::transient,
                             Error(Status::unavailable, "subject", "try later")));
    faults.push_back(failing("its source is not configured", FaultKind::refusal,
                             Error(Status::misconfigured, "subject", "no such file")));
    faults.push_back(failing("it has none of the types", FaultKind::refusal,
                             Error(Status::unsupported, "subject", "none of these types")));
    const std::pair<const char*, std::string> assertions[] = {
        {"nothing", ""},
        {"what is no JWT", "not-a-jwt"},
        {"a JWT without claims", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"},
        {"dots", "...."},
        {"100 KiB", std::string(100 * 1024, 'A')},
    };
    for (const auto& [name, text] : assertions) {
        Fault fault = answering(name);
        fault.subject = text;
        faults.push_back(std::move(fault));
    }
}

void add_peer(std::vector<Fault>& faults) {
    add_network(faults);
    faults.push_back(failing("it was denied", FaultKind::refusal,
                             Error(Status::denied, "exchange", "the policy says no")));
    faults.push_back(failing("there is no such provider", FaultKind::refusal,
                             Error(Status::misconfigured, "peer", "no such provider")));
    faults.push_back(failing("it has no such role", FaultKind::refusal,
                             Error(Status::unsupported, "peer", "not its role")));
    faults.push_back(failing("the user must sign in", FaultKind::interaction,
                             Error(Status::interaction_required, "subject", "sign in")));
    const auto add = [&](std::string name, std::function<void(testing::AssertionAnswer&)> how) {
        Fault fault = answering(std::move(name));
        fault.peer = std::move(how);
        faults.push_back(std::move(fault));
    };
    add("of another type", [](auto& answer) { answer.token_type = "urn:example:other"; });
    add("without an issuer", [](auto& answer) { answer.issuer.clear(); });
    add("what is no JWT", [](auto& answer) { answer.assertion = "not-a-jwt"; });
    add("nothing", [](auto& answer) { answer.assertion.clear(); });
}

void add_store(std::vector<Fault>& faults, const std::string& function) {
    faults.push_back(failing("the disk", FaultKind::odd,
                             Error(Status::unavailable, "store", "cannot be read or written")));
    if (function != "get") return;
    const std::pair<const char*, std::string> values[] = {
        {"garbage", "garbage"},
        {"an object of another version", R"({"version":99,"refresh_token":[]})"},
        {"an empty object", "{}"},
        {"100 KiB", std::string(100 * 1024, '{')},
    };
    for (const auto& [name, value] : values) {
        Fault fault = answering(name);
        fault.stored = value;
        faults.push_back(std::move(fault));
    }
}

void add_browser(std::vector<Fault>& faults, const std::string& function) {
    faults.push_back(failing("there is no browser", FaultKind::transient,
                             Error(Status::unavailable, "browser", "cannot be opened")));
    if (function == "begin")
        faults.push_back(failing("this call may not ask the user", FaultKind::interaction,
                                 Error(Status::interaction_required, "browser", "not now")));
    else
        faults.push_back(
            failing("access_denied", FaultKind::refusal,
                    testing::oauth_error(Status::denied, "authorization", "access_denied")));
}

}  // namespace

std::vector<Fault> faults_of(const ServiceCall& called) {
    std::vector<Fault> faults;
    if (called.service == MCP_AUTH_SERVICE_OAUTH && called.function == "client") add_client(faults);
    if (called.service == MCP_AUTH_SERVICE_OAUTH && called.function == "token_request") {
        const bool exchange = called.about.find("token-exchange") != std::string::npos;
        add_token_errors(faults, exchange);
        add_token_answers(faults, exchange);
    }
    if (called.service == MCP_AUTH_SERVICE_HTTP) add_http(faults);
    if (called.service == MCP_AUTH_SERVICE_SUBJECT) add_subject(faults);
    if (called.service == MCP_AUTH_SERVICE_PEER) add_peer(faults);
    if (called.service == MCP_AUTH_SERVICE_STORE && called.function != "release")
        add_store(faults, called.function);
    if (called.service == MCP_AUTH_SERVICE_BROWSER) add_browser(faults, called.function);
    return faults;
}

Fault cancellation() {
    return failing("the call was cancelled", FaultKind::cancelled,
                   Error(Status::cancelled, "host", "the call was cancelled"));
}

Fault deadline() {
    return failing("the deadline has passed", FaultKind::deadline,
                   Error(Status::deadline, "host", "the deadline has passed"));
}

bool is_answer_to(FaultKind kind, Status status) noexcept {
    switch (kind) {
    case FaultKind::transient: return status == Status::unavailable;
    case FaultKind::interaction: return status == Status::interaction_required;
    case FaultKind::cancelled: return status == Status::cancelled;
    case FaultKind::deadline: return status == Status::deadline;
    case FaultKind::malformed:
        return status == Status::protocol || status == Status::misconfigured ||
               status == Status::denied;
    case FaultKind::refusal:
        return status == Status::denied || status == Status::misconfigured ||
               status == Status::interaction_required || status == Status::unsupported;
    case FaultKind::odd: return status != Status::internal;
    }
    return false;
}

std::string answers_to(FaultKind kind) {
    std::string all;
    for (std::uint32_t number = 1; number <= MCP_AUTH_UNSUPPORTED; ++number)
        if (is_answer_to(kind, status_from(number)))
            all += (all.empty() ? "" : " or ") + std::string(to_string(status_from(number)));
    return all;
}

}  // namespace mcp_auth::validate
