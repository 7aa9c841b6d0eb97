// conformance-client SERVER_URL - what the public conformance suite runs as "the client".
//
// Turns the suite's environment into what an administrator would have written: a configuration
// and the secret files it names, in a directory of its own. Then it runs `mcp-auth connect`, the
// client under test, and answers with its exit code. It decides nothing that a host decides.
//
//     MCP_CONFORMANCE_SCENARIO          its name: which plugin is the host's choice, see
//     `providers` MCP_CONFORMANCE_CONTEXT           JSON with the ids and secrets of a scenario;
//     may be unset MCP_CONFORMANCE_PROTOCOL_VERSION  the wire: 2025-11-25 or 2026-07-28 MCP_AUTH
//     the command to test (default: mcp-auth beside this program)
#include <mcp_auth/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace json = mcp_auth::json;
namespace fs = std::filesystem;

constexpr int kInternal = 1;
constexpr int kUsage = 2;

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    return value != nullptr ? value : "";
}

// A directory that only this user can enter, and that goes away with everything in it.
class PrivateDirectory {
public:
    PrivateDirectory()
        : path_((fs::temp_directory_path() / "mcp-auth-conformance-XXXXXX").string()) {
        if (mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    ~PrivateDirectory() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    PrivateDirectory(const PrivateDirectory&) = delete;
    PrivateDirectory& operator=(const PrivateDirectory&) = delete;

    explicit operator bool() const noexcept { return !path_.empty(); }
    std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

    bool write(std::string_view name, std::string_view text) const {
        const int fd = open(file(name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) return false;
        const ssize_t written = ::write(fd, text.data(), text.size());
        return close(fd) == 0 && written == static_cast<ssize_t>(text.size());
    }

private:
    std::string path_;
};

json::Value object(std::vector<json::Member> members) {
    json::Value value = json::Value::object();
    for (json::Member& member : members) value.set(std::move(member.name), std::move(member.value));
    return value;
}

// Which provider a scenario is for. The first whose word is in the scenario's name counts.
struct Provider {
    std::string_view word;
    const char* plugin;
    const char* subject_type;    // null: it asks no subject
    const char* subject_member;  // of the context
};
constexpr Provider providers[] = {
    {"client-credentials", "client-credentials", nullptr, nullptr},
    {"wif-jwt-bearer", "workload-identity", "jwt", "valid_jwt"},
    {"", "cross-app-access", "id_token", "idp_id_token"},
};

const Provider& provider_of(std::string_view scenario) {
    const Provider* provider = providers;
    while (scenario.find(provider->word) == std::string_view::npos) ++provider;
    return *provider;
}

// What the suite tells of one scenario, and where its secrets are put.
struct Scenario {
    json::Value context = json::Value::object();
    const PrivateDirectory& directory;

    std::string text(std::string_view name, std::string_view otherwise = {}) const {
        const std::string_view value = context.string(name);
        return std::string(value.empty() ? otherwise : value);
    }
    // The context's text in a file of its own; null where it has none.
    json::Value in_file(const char* name) const {
        const std::string value = text(name);
        if (!value.empty() && !directory.write(name, value)) return nullptr;
        return object({{"file", directory.file(name)}});
    }
};

// The client at the MCP server's authorization server: as pre-registered, else by the suite's
// metadata document or by registration, whichever the server takes.
json::Value mcp_client(const Scenario& scenario) {
    const std::string id = scenario.text("client_id");
    if (id.empty())
        return object({{"metadata_document", "https://conformance-test.local/client-metadata.json"},
                       {"register", object({{"name", "mcp-auth"}})}});
    json::Value client = object({{"id", id}});
    if (!scenario.text("private_key_pem").empty())
        return client.set("method", "private_key_jwt")
            .set("key", scenario.in_file("private_key_pem"))
            .set("alg", scenario.text("signing_algorithm"));
    if (!scenario.text("client_secret").empty())
        return client.set("method", "client_secret_basic")
            .set("secret", scenario.in_file("client_secret"));
    return client.set("method", "none");
}

// The context names no authorization server, so the issuer is what the resource's metadata says,
// and the suite's throw-away secrets may go there. A scenario that stops during discovery has no
// context: its IdP is a name that nothing may ever be sent to.
json::Value configuration(const std::string& server, const Provider& provider,
                          const Scenario& scenario) {
    json::Value entry = object({{"plugin", provider.plugin}});
    if (provider.subject_type != nullptr)
        entry.set("subject", object({{"type", provider.subject_type},
                                     {"from", scenario.in_file(provider.subject_member)}}));
    if (provider.plugin == std::string_view("cross-app-access"))
        entry.set(
            "clients",
            object({{"idp", object({{"issuer", scenario.text("idp_issuer", "https://idp.invalid")},
                                    {"id", scenario.text("idp_client_id", "conformance")},
                                    {"method", "none"}})}}));
    json::Value connection = object({{"name", "conformance"},
                                     {"server", server},
                                     {"provider", "suite"},
                                     {"issuer", "discovered"},
                                     {"clients", object({{"mcp", mcp_client(scenario)}})}});
    return object({{"version", 1},
                   {"providers", object({{"suite", std::move(entry)}})},
                   {"connections", json::Value::array().push(std::move(connection))},
                   {"policy", object({{"allow_http_loopback", true},
                                      {"credentials_to_discovered_issuer", true}})}});
}

std::string command_under_test() {
    std::string command = environment("MCP_AUTH");
    if (!command.empty()) return command;
    std::error_code error;
    return (fs::read_symlink("/proc/self/exe", error).parent_path() / "mcp-auth").string();
}

// Waits for it; its exit code, or 128 and the signal that ended it, as a shell would say.
int run(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);

    const pid_t child = fork();
    if (child < 0) return kInternal;
    if (child == 0) {
        execv(argv[0], argv.data());
        std::fprintf(stderr, "conformance-client: %s: %s\n", argv[0], std::strerror(errno));
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return kInternal;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int connect(const std::string& server) {
    const PrivateDirectory directory;
    Scenario scenario{json::Value::object(), directory};
    if (const std::string text = environment("MCP_CONFORMANCE_CONTEXT"); !text.empty()) {
        auto parsed = json::parse(text);
        if (!parsed) {
            std::fprintf(stderr, "conformance-client: MCP_CONFORMANCE_CONTEXT: %s\n",
                         parsed.error().message.c_str());
            return kUsage;
        }
        scenario.context = *std::move(parsed);
    }

    const Provider& provider = provider_of(environment("MCP_CONFORMANCE_SCENARIO"));
    if (!directory ||
        !directory.write("config.json", configuration(server, provider, scenario).dump(2)) ||
        // What the command keeps must not be there for the next scenario.
        setenv("XDG_STATE_HOME", directory.file("state").c_str(), 1) != 0) {
        std::fprintf(stderr, "conformance-client: cannot write the configuration: %s\n",
                     std::strerror(errno));
        return kInternal;
    }
    std::vector<std::string> arguments = {
        command_under_test(),          "connect", server, "--config",
        directory.file("config.json"), "--trace"};
    if (std::string wire = environment("MCP_CONFORMANCE_PROTOCOL_VERSION"); !wire.empty()) {
        arguments.insert(arguments.end(), {"--protocol", std::move(wire)});
    }
    return run(std::move(arguments));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: conformance-client SERVER_URL\n");
        return kUsage;
    }
    try {
        return connect(argv[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "conformance-client: %s\n", error.what());
        return kInternal;
    }
}
