// What a host's process still has of a secret after it let go of it (protocol.md L5): looked for
// in its whole memory, from outside, at the end of whole acquisitions over TLS.
#include "staged_run.hpp"
#include "support/file_contents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace mcp_auth::secrets {
namespace {

using demo::ClientMethod;

demo::Options by(ClientMethod method, const char* algorithm = "ES256") {
    demo::Options options;
    for (auto* client : {&options.idp_client, &options.mcp_client}) {
        client->method = method;
        client->algorithm = algorithm;
    }
    return options;
}

json::Value& provider(json::Value& configuration) {
    return *configuration.find("providers")->find("acme");
}

void with_plugin(json::Value& configuration, const char* plugin) {
    configuration.set("providers", json::Value::object().set(
                                       "acme", json::Value::object().set("plugin", plugin)));
}

void with_session(json::Value& configuration, demo::Enterprise&) {
    provider(configuration)
        .find("subject")
        ->set("from", json::Value::object().set("session", "acme"));
}

void with_workload(json::Value& configuration, demo::Enterprise& enterprise) {
    EXPECT_TRUE(enterprise.issue_workload_assertion());
    with_plugin(configuration, "workload-identity");
    auto from = json::Value::object().set("file", enterprise.workload_file());
    provider(configuration)
        .set("subject", json::Value::object().set("type", "jwt").set("from", std::move(from)));
}

void with_dpop(json::Value& configuration, demo::Enterprise&) {
    auto connection = configuration.find("connections")->items().front();
    connection.set("dpop", "required");
    configuration.set("connections", json::Value::array().push(std::move(connection)));
}

// What stands in a file of its own elsewhere stands in the configuration itself.
json::Value with_literals(const json::Value& value) {
    if (const auto* file = value.find("file")) {
        auto text = mcp_auth::testing::file_contents(*file->as_string());
        while (text.ends_with('\n')) text.pop_back();
        return text;
    }
    if (!value.is_object() && !value.is_array()) return value;
    auto all = value.is_object() ? json::Value::object() : json::Value::array();
    for (const auto& member : value.members()) all.set(member.name, with_literals(member.value));
    for (const auto& item : value.items()) all.push(with_literals(item));
    return all;
}

void all_literal(json::Value& configuration, demo::Enterprise&) {
    configuration = with_literals(configuration);
    EXPECT_EQ(configuration.dump().find("\"file\""), std::string::npos);
}

struct Case {
    const char* name;
    std::function<demo::Options()> options;
    StagedRun::Change change;
    std::vector<std::string> commands;  // between "open" and "close"
    const char* open = "open";
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {"ClientSecretBasic",
         [] { return by(ClientMethod::client_secret_basic); },
         {},
         {"token", "request"}},
        {"ClientSecretPost",
         [] { return by(ClientMethod::client_secret_post); },
         {},
         {"token", "assertion"}},
        {"PrivateKeyJwtByEc", [] { return by(ClientMethod::private_key_jwt); }, {}, {"token"}},
        {"PrivateKeyJwtByRsa",
         [] { return by(ClientMethod::private_key_jwt, "RS256"); },
         {},
         {"token"}},
        {"TlsClientAuth", [] { return by(ClientMethod::tls_client_auth); }, {}, {"token"}},
        {"Dpop",
         [] {
             auto options = by(ClientMethod::client_secret_basic);
             options.dpop = true;
             options.dpop_nonces = demo::DpopNonces::reusable;
             return options;
         },
         with_dpop,
         {"request"}},
        {"ClientCredentials",
         [] { return by(ClientMethod::client_secret_basic); },
         [](auto& configuration, auto&) { with_plugin(configuration, "client-credentials"); },
         {"token"}},
        {"WorkloadIdentity",
         [] { return by(ClientMethod::client_secret_basic); },
         with_workload,
         {"token"}},
        {"AuthorizationCode",
         [] {
             auto options = by(ClientMethod::client_secret_basic);
             options.consent_at_once = true;
             return options;
         },
         [](auto& configuration, auto&) { with_plugin(configuration, "authorization-code"); },
         {"interactive_token", "advance 7200", "token"}},
        {"SingleSignOn",
         [] { return by(ClientMethod::client_secret_basic); },
         with_session,
         {"sign_in", "token", "advance 3500", "token", "sign_out"}},
        {"DeviceSignIn",
         [] {
             auto options = by(ClientMethod::client_secret_post);
             options.device_interval = 1;
             return options;
         },
         with_session,
         {"device_sign_in", "token", "sign_out"}},
        {"LiteralSecrets",
         [] { return by(ClientMethod::client_secret_basic); },
         all_literal,
         {"token", "request"}},
        {"LiteralKeys",
         [] { return by(ClientMethod::private_key_jwt); },
         all_literal,
         {"token", "assertion"}},
        {"LiteralCertificates",
         [] { return by(ClientMethod::tls_client_auth); },
         all_literal,
         {"token"}},
        {"LiteralSecretsOfTheApplication",
         [] { return by(ClientMethod::client_secret_post); },
         all_literal,
         {"token"},
         "open_json"},
    };
    return all;
}

TEST(Memory, HoldsNoSecretOnceTheHostIsClosed) {
    for (const Case& each : cases()) {
        SCOPED_TRACE(each.name);
        StagedRun run(each.options(), each.change);
        run.expect_ok(each.open);
        for (const auto& command : each.commands) run.expect_ok(command);
        run.expect_ok("metrics");
        run.expect_ok("close");
        EXPECT_EQ(run.left_in_memory(), "");
        std::printf("%-30s %3zu canaries, %6zu KiB searched\n", each.name, run.canaries(),
                    run.bytes_searched() / 1024);
        run.expect_clean_outputs();
        EXPECT_NE(mcp_auth::testing::file_contents(run.directory() + "/metrics"), "");
    }
}

// The control: were this not found, nothing above would mean anything.
TEST(Memory, SearchFindsWhatIsNotWiped) {
    StagedRun run;
    run.expect_ok("open");
    run.expect_ok("token");
    run.expect_ok("close");
    const auto secret_file = run.enterprise().id_token_file();
    for (const char* command : {"spill ", "hold "}) {
        run.expect_ok(command + secret_file);
        const auto found = run.left_in_memory();
        if (run.bytes_searched() == 0) return;  // the platform does not let us look
        EXPECT_NE(found.find("as it is"), std::string::npos) << found;
    }
}

// While the host lives, it keeps what it will use again, and nothing else. From the second time on
// a token is handed out by the shortest way, which has copies of its own.
TEST(Memory, HoldsNothingOfAUserWhoSignedOut) {
    StagedRun run;
    run.expect_ok("open");
    for (int times = 0; times < 3; ++times)
        run.expect_ok("alice " + run.enterprise().id_token_file());
    run.expect_ok("sign_out_alice");
    EXPECT_EQ(run.left_in_memory(), "");
    run.expect_ok("close");
    run.expect_clean_outputs();
}

TEST(Memory, HoldsNothingOfASessionThatEnded) {
    StagedRun run({}, with_session);
    run.expect_ok("open");
    for (const char* command : {"sign_in", "token", "sign_out"}) run.expect_ok(command);
    // The listener tells a late browser for two minutes that it is late, by its state.
    EXPECT_EQ(run.left_in_memory({"state"}), "");
    run.expect_ok("close");
}

void with_client_credentials(json::Value& configuration, demo::Enterprise&) {
    with_plugin(configuration, "client-credentials");
}

// What the host does by itself is not done at once.
std::string left_in_the_end(StagedRun& run, const std::vector<Canary>& wanted,
                            const std::vector<Canary>& held = {}) {
    std::string left;
    for (int looks = 0; looks < 100; ++looks)
        if (left = run.left_of(wanted, held); left.empty()) break;
    return left;
}

// Served, and renewed meanwhile. The token that came.
std::vector<Canary> renewed(StagedRun& run, const std::vector<Canary>& former) {
    run.expect_ok("advance 850");
    run.expect_ok("elsewhere token");
    std::vector<Canary> came;
    while (came.empty()) {
        came = run.access_tokens();
        std::erase_if(came, [&](const Canary& canary) {
            return std::any_of(former.begin(), former.end(),
                               [&](const Canary& one) { return one.text == canary.text; });
        });
    }
    return came;
}

demo::Options with_tokens_of_1000_seconds() {
    auto options = by(ClientMethod::client_secret_basic);
    options.token_lifetime = 1000;
    return options;
}

TEST(Memory, HoldsNoTokenThatAnotherOneReplaced) {
    StagedRun run(with_tokens_of_1000_seconds(), with_client_credentials);
    run.expect_ok("open");
    for (int times = 0; times < 3; ++times) run.expect_ok("token");
    const auto former = run.access_tokens();
    EXPECT_NE(run.left_of(former), "");  // the control: it is cached
    const auto present = renewed(run, former);
    EXPECT_EQ(left_in_the_end(run, former, present), "");
    run.expect_ok("close");
    run.expect_clean_outputs();
}

// What was renewed, and then not asked for, is not renewed again, and goes when its time is over.
TEST(Memory, HoldsNoTokenThatIsPastUse) {
    StagedRun run(with_tokens_of_1000_seconds(), with_client_credentials);
    run.expect_ok("open");
    for (int times = 0; times < 3; ++times) run.expect_ok("token");
    const auto former = run.access_tokens();
    const auto present = renewed(run, former);
    EXPECT_EQ(left_in_the_end(run, former, present), "");  // it has landed
    run.expect_ok("advance 1000");
    EXPECT_EQ(left_in_the_end(run, run.access_tokens()), "");
    EXPECT_EQ(run.access_tokens().size(), 2U);
    run.expect_ok("close");
}

TEST(Memory, HoldsNothingOfALegThatFailed) {
    struct Failure {
        const char* name;
        demo::Server server;
        demo::ScriptedAnswer answer;
    };
    const std::string half = R"({"access_token": "half of an answer)";
    const Failure failures[] = {
        {"denied", demo::Server::idp, demo::oauth_error(400, "access_denied")},
        {"refused", demo::Server::authorization_server, demo::oauth_error(401, "invalid_client")},
        {"cut",
         demo::Server::authorization_server,
         {.status = 200, .body = half, .wire = demo::Wire::close_in_the_middle}},
        {"too large",
         demo::Server::idp,
         {.status = 200, .body = half, .wire = demo::Wire::too_large}},
        {"garbage", demo::Server::authorization_server, {.status = 200, .body = half}},
    };
    for (const Failure& failure : failures) {
        SCOPED_TRACE(failure.name);
        StagedRun run(by(ClientMethod::client_secret_post));
        run.enterprise().script(demo::answer(failure.server, "/token", failure.answer));
        run.expect_ok("open");
        EXPECT_NE(run.tell("token"), "ok");
        // An ID-JAG that was not shown to be bad is kept for the next try.
        EXPECT_EQ(run.left_in_memory({"assertion", "an ID-JAG"}), "");
        run.expect_ok("close");
        EXPECT_EQ(run.left_in_memory(), "");
        run.expect_clean_outputs();
    }
}

}  // namespace
}  // namespace mcp_auth::secrets
