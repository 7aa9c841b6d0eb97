// What the command and a host say, write and start (protocol.md L4): nothing of a secret is in it,
// in any encoding, whole or in part.
#include "canary_search.hpp"
#include "process_memory.hpp"
#include "staged_run.hpp"
#include "support/file_contents.hpp"

#include <mcp_auth/secret.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
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
        return testing::Subprocess(complete(std::move(arguments)), environment());
    }
    std::vector<std::string> complete(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), MCP_AUTH_COMMAND);
        const auto config = enterprise->write_configuration({}, configuration.dump(2));
        arguments.insert(arguments.end(), {"--config", *config, "--audit", directory / "audit"});
        return arguments;
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

// Nobody reads what the command says, so it stands still where it says it. Its host is closed by
// then.
TEST_F(Outputs, AreWrittenWhenNothingOfASecretIsLeftInMemory) {
    start();
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    while (::write(ends[1], "x", 1) == 1) {
    }
    ASSERT_EQ(::fcntl(ends[1], F_SETFL, 0), 0);
    auto variables = environment();
    variables.emplace_back("LD_BIND_NOW=1");  // as in StagedRun
    testing::Subprocess doctor(testing::Subprocess::Start{},
                               complete({"doctor", "--acquire", enterprise->mcp_url()}),
                               std::move(variables), ends[1]);
    const auto process = "/proc/" + std::to_string(doctor.pid());
    const auto writes = std::to_string(SYS_write) + " 0x1 ";
    for (std::string call = "running"; call.rfind(writes, 0) != 0 && !call.empty();) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        call = mcp_auth::testing::file_contents(process + "/syscall");
    }
    const auto looked = search_memory(doctor.pid(), CanarySearch(canaries_of(*enterprise)));
    if (!looked.refused.empty()) std::printf("nothing was looked at: %s\n", looked.refused.c_str());
    EXPECT_EQ(describe(looked.findings), "");
    EXPECT_FALSE(enterprise->requests(demo::Server::mcp).empty());
    ::close(ends[0]);
    ::close(ends[1]);
}

// With a session: the command that signs in, and the one that says who is.
TEST_F(Outputs, HoldNoSecretOfASession) {
    demo::Options options;
    options.tls = false;  // the browser here follows redirects and no more
    start(std::move(options));
    configuration = *json::parse(enterprise->sign_in_configuration());
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
        for (const char* command : {"token", "doctor"}) {
            const auto outcome = run({command, enterprise->mcp_url(), "--trace"});
            // A doctor that can explain a failure has done its work.
            EXPECT_EQ(outcome.exit_code(), command == std::string("token") ? 4 : 0);
            expect_clean(outcome.err(), "stderr");
            expect_clean(outcome.out(), "stdout");
        }
        expect_clean(mcp_auth::testing::file_contents(directory / "audit"), "audit");
    }
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
