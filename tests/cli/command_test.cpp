// What the command says to people and scripts before any server is asked.
#include "command_fixture.hpp"

#include <unistd.h>

namespace mcp_auth::testing {
namespace {

using Command = CommandTest;

TEST_F(Command, HelpGoesToStdoutAndNamesEveryCommand) {
    const auto help = run({"--help"});
    EXPECT_EQ(help->exit_code(), 0);
    EXPECT_EQ(help->err(), "");
    for (const char* name : {"demo", "token", "assertion", "connect", "plugins", "--config",
                             "--manifest", "--trace", "--audit", "--timeout"})
        EXPECT_NE(help->out().find(name), std::string::npos) << name;
}

TEST_F(Command, EachCommandHasHelpOfItsOwn) {
    for (const char* name : {"demo", "token", "assertion", "connect", "plugins"}) {
        const auto help = run({name, "--help"});
        EXPECT_EQ(help->exit_code(), 0) << name;
        EXPECT_NE(help->out().find(name), std::string::npos) << name;
    }
}

TEST_F(Command, VersionIsOneLine) {
    const auto version = run({"--version"});
    EXPECT_EQ(version->exit_code(), 0);
    EXPECT_EQ(version->out(), std::string(MCP_AUTH_VERSION) + "\n");
}

struct Usage {
    const char* name;
    std::vector<std::string> arguments;
};
class UsageError : public CommandTest, public ::testing::WithParamInterface<Usage> {};

TEST_P(UsageError, ExitsWith2AndSaysWhyOnStderrAlone) {
    const auto refused = run(GetParam().arguments);
    EXPECT_EQ(refused->exit_code(), 2) << refused->err();
    EXPECT_EQ(refused->out(), "");
    EXPECT_EQ(refused->err().rfind("mcp-auth: ", 0), 0u) << refused->err();
}

INSTANTIATE_TEST_SUITE_P(
    Faults, UsageError,
    ::testing::Values(
        Usage{"NoCommand", {}}, Usage{"UnknownCommand", {"tokens"}},
        Usage{"UnknownOption", {"token", "https://a.example", "--no-such"}},
        Usage{"NoUrl", {"token"}},
        Usage{"UnknownFormat", {"token", "https://a.example", "--format", "xml"}},
        Usage{"UnknownProtocol", {"connect", "https://a.example", "--protocol", "2024-11-05"}},
        Usage{"NoTime", {"--timeout", "0", "plugins"}},
        Usage{"TimeIsNoNumber", {"--timeout", "soon", "plugins"}},
        Usage{"ArgumentsWithoutCall", {"connect", "https://a.example", "--arguments", "{}"}},
        Usage{"ArgumentsAreNoJson",
              {"connect", "https://a.example", "--call", "t", "--arguments", "{"}},
        Usage{"ArgumentsAreNoObject",
              {"connect", "https://a.example", "--call", "t", "--arguments", "[]"}},
        Usage{"TwoCommands", {"plugins", "token", "https://a.example"}}),
    [](const auto& one) { return one.param.name; });

TEST_F(Command, AnUnknownCommandIsNamed) {
    const auto refused = run({"tokens"});
    EXPECT_NE(refused->err().find("there is no command tokens"), std::string::npos)
        << refused->err();
}

TEST_F(Command, WithoutAConfigurationItNamesThePlacesItTried) {
    const auto refused = run({"token", "https://a.example/mcp"});
    EXPECT_EQ(refused->exit_code(), 3);
    EXPECT_EQ(refused->out(), "");
    EXPECT_NE(refused->err().find("configuration: misconfigured"), std::string::npos)
        << refused->err();
    EXPECT_NE(refused->err().find(home + "/config/mcp-auth/config.json"), std::string::npos);
    EXPECT_NE(refused->err().find("/etc/mcp-auth/config.json"), std::string::npos);
    EXPECT_NE(refused->err().find("--config"), std::string::npos);
}

TEST_F(Command, OptionsOfAllCommandsStandBeforeOrAfterTheCommand) {
    const std::string missing = home + "/missing.json";
    const auto before = run({"--config", missing, "token", "https://a.example/mcp"});
    const auto after = run({"token", "https://a.example/mcp", "--config", missing});
    EXPECT_EQ(before->exit_code(), 3);
    EXPECT_EQ(after->exit_code(), 3);
    EXPECT_NE(before->err().find(missing), std::string::npos) << before->err();
    EXPECT_EQ(before->err(), after->err());
}

TEST_F(Command, AServerThatNoConnectionNamesIsMisconfigured) {
    const std::string config = configuration("https://chat.example/mcp");
    for (const char* command : {"token", "assertion", "connect"}) {
        const auto refused = run({command, "https://other.example/mcp", "--config", config});
        EXPECT_EQ(refused->exit_code(), 3) << refused->err();
        EXPECT_EQ(refused->out(), "");
    }
}

TEST_F(Command, APipeGetsNoEscapeSequences) {
    environment.emplace_back("TERM=xterm-256color");
    const auto error = run({"token", "https://a.example/mcp"});
    EXPECT_EQ(error->err().find('\x1b'), std::string::npos);
    const auto list = run({"plugins"});
    EXPECT_EQ(list->out().find('\x1b'), std::string::npos);
}

TEST_F(Command, AReaderThatWentAwayIsAnErrorAndNoSignal) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ::close(ends[0]);
    Subprocess broken(Subprocess::Start{}, {MCP_AUTH_COMMAND, "plugins", "--json"}, environment,
                      ends[1]);
    ::close(ends[1]);
    broken.finish();
    EXPECT_EQ(broken.exit_code(), 6);
    EXPECT_NE(broken.err().find("output: unavailable: cannot write"), std::string::npos)
        << broken.err();
}

TEST_F(Command, AnAuditFileThatCannotBeWrittenIsMisconfigured) {
    const auto refused = run({"plugins", "--audit", home + "/no/such/directory/audit.jsonl"});
    EXPECT_EQ(refused->exit_code(), 3) << refused->err();
}

}  // namespace
}  // namespace mcp_auth::testing
