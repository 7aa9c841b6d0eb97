// What the command and a host say, write and start (protocol.md L4): nothing of a secret is in it,
// in any encoding, whole or in part.
#include "canary_search.hpp"
#include "staged_run.hpp"
#include "support/file_contents.hpp"

#include <mcp_auth/form.hpp>
#include <mcp_auth/secret.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::secrets {
namespace {

static_assert(!fmt::is_formattable<Secret>::value);

class Outputs : public ::testing::Test {
protected:
    void start(demo::Options options = {}) {
        options.record = true;
        auto started = demo::Enterprise::start(std::move(options));
        ASSERT_TRUE(started);
        enterprise = *std::move(started);
        ASSERT_TRUE(enterprise->sign_in());
        configuration = *json::parse(enterprise->configuration());
    }
    testing::Subprocess run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), MCP_AUTH_COMMAND);
        const auto config = enterprise->write_configuration({}, configuration.dump(2));
        arguments.insert(arguments.end(), {"--config", *config, "--audit", directory / "audit"});
        return testing::Subprocess(std::move(arguments), environment());
    }
    std::vector<std::string> environment() const {
        std::vector<std::string> all{"HOME=/nonexistent", "XDG_STATE_HOME=" + directory.path(),
                                     "MCP_AUTH_PLUGIN_PATH=" MCP_AUTH_PLUGINS,
                                     "BROWSER=" MCP_AUTH_BROWSER " follow %s"};
        for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
            if (const char* value = std::getenv(name))
                all.push_back(std::string(name) + "=" + value);
        return all;
    }
    // With what was known when it ran, and since.
    void expect_clean(const std::string& text, const std::string& where) const {
        EXPECT_EQ(describe(CanarySearch(canaries_of(*enterprise)).in(text)), "") << where;
    }

    // Runs it, and looks at all that it said and wrote. Its exit code.
    int run_clean(const std::vector<std::string>& arguments) const {
        const auto outcome = run(arguments);
        expect_clean(outcome.err(), "stderr of " + arguments[0]);
        expect_clean(outcome.out(), "stdout of " + arguments[0]);
        expect_clean(mcp_auth::testing::file_contents(directory / "audit"), "audit");
        return outcome.exit_code();
    }
    // With a session, in plain text: the browser here follows redirects and no more.
    void start_sign_in(demo::Options options = {}) {
        options.tls = false;
        options.device_interval = 1;
        start(std::move(options));
        configuration = *json::parse(enterprise->sign_in_configuration());
    }
    // Refuses there, with what it was shown as the request's id and in the description: a field,
    // the credentials of Basic, the client's secret.
    void answer_with(demo::Server server, const std::string& path, const std::string& what) {
        const auto& client =
            server == demo::Server::idp ? enterprise->idp_client() : enterprise->mcp_client();
        enterprise->script([=, secret = client.secret](const demo::RecordedRequest& request)
                               -> std::optional<demo::ScriptedAnswer> {
            if (request.server != server || request.path() != path) return std::nullopt;
            const auto text = what == "Basic"            ? request.header("Authorization").substr(6)
                              : what == "secret"         ? secret
                              : what == "encoded secret" ? form_encode(secret)
                                                         : request.field(what).value_or("none");
            auto body = json::Value::object();
            body.set("error", "access_denied").set("error_description", "not " + text);
            return demo::ScriptedAnswer{
                .status = 400, .headers = {{"X-Request-Id", text}}, .body = body.dump()};
        });
    }

    std::unique_ptr<demo::Enterprise> enterprise;
    json::Value configuration;
    host::testing::TemporaryDirectory directory;
};

TEST_F(Outputs, HoldNoSecret) {
    start();
    // What a program that we start is given, it writes down here before it hands out the secret.
    const auto& secret = enterprise->idp_client().secret;
    const auto secret_file = directory.write("secret", secret);
    auto& idp = *configuration.find("providers")->find("acme")->find("clients")->find("idp");
    auto command = json::Value::array();
    command.push("/bin/sh").push("-c").push("cat /proc/self/environ /proc/$$/cmdline > '" +
                                            directory / "given" + "'; cat '" + secret_file + "'");
    idp.set("secret", json::Value::object().set("command", std::move(command)));

    const std::string url = enterprise->mcp_url();
    const std::vector<std::vector<std::string>> runs{
        {"token", url, "--trace"},
        {"assertion", url, "--trace"},
        {"doctor", url},
        {"doctor", url, "--json"},
        {"connect", url, "--trace", "--call", "whoami"},
        {"plugins", "--json"}};
    for (const auto& arguments : runs) {
        const auto outcome = run(arguments);
        EXPECT_EQ(outcome.exit_code(), 0) << arguments[0] << ": " << outcome.err();
        expect_clean(outcome.err(), "stderr of " + arguments[0]);
        if (arguments[0] != "token" && arguments[0] != "assertion")
            expect_clean(outcome.out(), "stdout of " + arguments[0]);
    }
    const auto audit = mcp_auth::testing::file_contents(directory / "audit"),
               given = mcp_auth::testing::file_contents(directory / "given");
    EXPECT_NE(audit, "");
    EXPECT_NE(given, "");
    expect_clean(audit, "audit");
    expect_clean(given, "environment and arguments of a command");
}

// With a session: the command that signs in, and the one that says who is.
TEST_F(Outputs, HoldNoSecretOfASession) {
    start_sign_in();
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"login", "--trace"}, {"whoami"}, {"whoami", "--json"}, {"logout", "--trace"}}) {
        const auto outcome = run(arguments);
        EXPECT_EQ(outcome.exit_code(), 0) << arguments[0] << ": " << outcome.err();
        EXPECT_NE(outcome.out(), "");
        expect_clean(outcome.err(), "stderr of " + arguments[0]);
        expect_clean(outcome.out(), "stdout of " + arguments[0]);
    }
    expect_clean(mcp_auth::testing::file_contents(directory / "audit"), "audit");
}

// Every value of the request, put into every word of an answer.
TEST_F(Outputs, HoldNoSecretThatAnAnswerRepeats) {
    for (const auto server : {demo::Server::idp, demo::Server::authorization_server}) {
        start();
        enterprise->script(
            [&](const demo::RecordedRequest& request) -> std::optional<demo::ScriptedAnswer> {
                if (request.server != server || request.path() != "/token") return std::nullopt;
                auto body = json::Value::object();
                std::string words = request.header("Authorization");
                for (const auto& [name, value] : request.fields()) words += " " + value;
                body.set("error", "access_denied").set("error_description", words);
                body.set("error_uri", "https://idp.example/" + words).set("acr_values", words);
                return demo::ScriptedAnswer{
                    .status = 400, .headers = {{"X-Request-Id", words}}, .body = body.dump()};
            });
        for (const char* command : {"token", "doctor"})
            // A doctor that can explain a failure has done its work.
            EXPECT_EQ(run_clean({command, enterprise->mcp_url(), "--trace"}),
                      command == std::string("token") ? 4 : 0);
        // An id is one word, or it is none.
        for (const auto* what : {"Basic", "secret", "assertion", "subject_token"}) {
            answer_with(server, "/token", what);
            run_clean({"token", enterprise->mcp_url(), "--trace"});
        }
    }
}

// Where a person signs in and out, there are other endpoints that are shown a secret.
TEST_F(Outputs, HoldNoSecretThatAnAnswerToASignInRepeats) {
    start_sign_in();
    for (const auto* what : {"Basic", "secret", "encoded secret"}) {
        answer_with(demo::Server::idp, "/device_authorization", what);
        run_clean({"login", "--device", "--trace"});
    }
    for (const auto* what : {"Basic", "secret", "encoded secret", "token"}) {
        enterprise->script({});
        run_clean({"login", "--trace"});
        answer_with(demo::Server::idp, "/revoke", what);
        run_clean({"logout", "--trace"});
    }
}

TEST_F(Outputs, HoldNoDeviceCodeThatAnAnswerRepeats) {
    start_sign_in();
    enterprise->script(
        [](const demo::RecordedRequest& request) -> std::optional<demo::ScriptedAnswer> {
            const std::string code = "device-code-0123456789abcdef";
            const demo::HeaderList id{{"X-Request-Id", code}};
            if (request.path() == "/device_authorization")
                return demo::ScriptedAnswer{.headers = id,
                                            .body = R"({"device_code":")" + code +
                                                    R"(","user_code":"BDFG","interval":1,)"
                                                    R"("verification_uri":"https://idp.example"})"};
            if (request.path() != "/token") return std::nullopt;
            return demo::ScriptedAnswer{
                .status = 400,
                .headers = id,
                .body = R"({"error":"invalid_grant","error_description":"device code )" + code +
                        R"( is not known"})"};
        });
    run_clean({"login", "--device", "--trace"});
    EXPECT_EQ(enterprise->requests(demo::Server::idp, "/token").size(), 1U);
}

TEST_F(Outputs, HoldNoSecretOfARegistrationThatItsAnswerRepeats) {
    demo::Options options;
    options.open_registration = true;
    start_sign_in(std::move(options));
    auto& clients = *configuration.find("providers")->find("acme")->find("clients");
    auto idp = json::Value::object();
    idp.set("issuer", enterprise->idp_issuer());
    idp.set("register", json::Value::object().set("name", "Acme Assistant"));
    clients.set("idp", std::move(idp));
    const std::string secret = "registered-0123456789abcdef";
    enterprise->script(
        [secret](const demo::RecordedRequest& request) -> std::optional<demo::ScriptedAnswer> {
            const demo::HeaderList id{{"X-Request-Id", secret}};
            if (request.path() == "/register")
                return demo::ScriptedAnswer{.status = 201,
                                            .headers = id,
                                            .body = R"({"client_id":"us","client_secret":")" +
                                                    secret + R"(","client_secret_expires_at":0})"};
            if (request.path() != "/device_authorization") return std::nullopt;
            return demo::ScriptedAnswer{
                .status = 400,
                .headers = id,
                .body = R"({"error":"access_denied","error_description":")" + secret + R"("})"};
        });
    const auto outcome = run({"login", "--device", "--trace"});
    const CanarySearch search({{"client_secret", secret}});
    EXPECT_EQ(enterprise->requests(demo::Server::idp, "/device_authorization").size(), 1U)
        << outcome.err();
    EXPECT_EQ(describe(search.in(outcome.err() + outcome.out() +
                                 mcp_auth::testing::file_contents(directory / "audit"))),
              "");
}

// The control.
TEST_F(Outputs, AreFoundToHoldASecretInEveryEncoding) {
    start();
    const auto& secret = enterprise->idp_client().secret;
    const CanarySearch search(canaries_of(*enterprise));
    for (const Form& form : forms_of(secret))
        EXPECT_NE(describe(search.in("before " + form.text + " after")), "") << form.name;
    EXPECT_NE(describe(search.in("x" + secret.substr(3, window_bytes) + "x")), "");
    EXPECT_EQ(describe(search.in("nothing of the kind stands here, at all")), "");
}

}  // namespace
}  // namespace mcp_auth::secrets
