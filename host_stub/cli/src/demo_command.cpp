// mcp-auth demo - a whole enterprise on loopback, a token acquired in it leg by leg, and a refusal.
#include "commands.hpp"
#include "demo_serve.hpp"
#include "demo_story.hpp"
#include "invocation.hpp"
#include "leg_line.hpp"

#include <mcp_auth/demo/enterprise.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

namespace mcp_auth::cli {
namespace {

struct DemoArguments {
    bool serve = false;
    std::string user = "alice";
    std::string directory;
};

// Tells each leg as it happens, with what it is for and what was checked.
class Narrator final : public AuditSink {
public:
    explicit Narrator(const Terminal& terminal) : terminal_(terminal) {}

    void record(const AuditEvent& event) noexcept override {
        try {
            std::string text = "  " + leg_line(told(event), terminal_) + "\n";
            const LegStory story = story_of(event);
            const auto below = [&](std::string_view what) {
                text += "      " + terminal_.dim(what) + "\n";
            };
            if (!story.asked.empty()) below(story.asked);
            if (!story.checked.empty() && event.status == Status::ok)
                below("checked: " + std::string(story.checked));
            const std::lock_guard lock(mutex_);
            (void)terminal_.write(text);
        } catch (...) {  // out of memory: one line of the story is lost
        }
    }

private:
    // Paths and hashes are for --trace and `mcp-auth plugins`.
    static AuditEvent told(AuditEvent event) {
        if (event.kind == AuditEvent::Kind::plugin)
            event.fields.erase(
                std::remove_if(event.fields.begin(), event.fields.end(),
                               [](const auto& field) { return field.first != "id"; }),
                event.fields.end());
        return event;
    }

    Terminal terminal_;
    std::mutex mutex_;
};

class Demo {
public:
    Demo(demo::Enterprise& enterprise, const Invocation& run)
        : enterprise_(enterprise), run_(run) {}

    int allowed();
    int refused();

private:
    // Signs `user` in and sends one MCP request after another, as a host would.
    mcp::Answer<std::string> visit(const std::string& user);
    void say(const std::string& text) const { (void)run_.out().write(text); }
    void headline(std::string_view text) const { say("\n" + run_.out().bold(text) + "\n"); }

    demo::Enterprise& enterprise_;
    const Invocation& run_;
};

std::chrono::microseconds since(std::chrono::steady_clock::time_point begun) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 begun);
}

mcp::Answer<std::string> Demo::visit(const std::string& user) {
    demo::SignIn sign_in;
    sign_in.user = user;
    if (auto signed_in = enterprise_.sign_in(sign_in); !signed_in) return signed_in.error();
    Result<std::string> config = enterprise_.write_configuration();
    if (!config) return config.error();

    Result<Options> options = run_.host_options(std::make_shared<Narrator>(run_.out()));
    if (!options) return options.error();
    options->config_file = *config;
    options->store =
        Store::memory();  // the enterprise ends with this run, and so does what it gave
    mcp::ClientOptions client_options = run_.client_options(*options);
    Result<Host> host = Host::open(std::move(*options));
    if (!host) return host.error();
    const std::string url = enterprise_.mcp_url();
    Result<Connection> connection = host->connection(url);
    if (!connection) return connection.error();

    mcp::Client client(host->transport(), url, mcp::authorize_by(*connection, run_.wait()),
                       client_options);
    const Bounds& bounds = run_.bounds();
    const auto begun = std::chrono::steady_clock::now();
    if (auto server = client.open(bounds); !server) return server.failure();
    const std::string first = duration_text(since(begun));
    const auto again = std::chrono::steady_clock::now();
    mcp::Answer<mcp::ToolResult> said = client.call("whoami", json::Value::object(), bounds);
    if (!said) return said.failure();
    const std::string second = duration_text(since(again));
    client.close(bounds);
    return "\n  the tool says  " + run_.out().bold(printable(said->text())) +
           "\n  the handshake took " + first +
           ", with everything that a first token takes; the "
           "call took " +
           second + ", with the token that was there\n";
}

int Demo::allowed() {
    headline("alice signs in; her host connects to the chat server");
    mcp::Answer<std::string> told = visit("alice");
    if (!told) return run_.fail(told.failure());
    say(*told);
    return 0;
}

int Demo::refused() {
    headline("bob signs in; the enterprise's policy gives him no access to that server");
    mcp::Answer<std::string> told = visit("bob");
    if (told)
        return run_.fail(Error(Status::internal, "demo", "bob was let in, against the policy"));
    const Error& error = told.failure().error;
    if (error.status != Status::denied) return run_.fail(told.failure());
    say("\n  what a host is told, as a typed outcome:\n\n" + account_of(error, run_.out()));
    return 0;
}

std::string parties(const demo::Enterprise& enterprise, std::chrono::microseconds took,
                    const Terminal& terminal) {
    const auto row = [&](std::string_view name, const std::string& url) {
        return "  " + padded(name, 22) + terminal.cyan(url) + "\n";
    };
    return terminal.bold("An enterprise on loopback, over TLS with a CA of its own") +
           " (started in " + duration_text(took) + ")\n" +
           row("identity provider", enterprise.idp_issuer()) +
           row("authorization server", enterprise.authorization_server_issuer()) +
           row("MCP server", enterprise.mcp_url());
}

int run(const DemoArguments& arguments, const Invocation& run) {
    demo::Options options;
    options.directory = arguments.directory;
    const auto begun = std::chrono::steady_clock::now();
    auto enterprise = demo::Enterprise::start(std::move(options));
    if (!enterprise) return run.fail(enterprise.error());
    if (int code = run.finish(parties(**enterprise, since(begun), run.out())); code != 0)
        return code;
    if (arguments.serve) return serve_demo(**enterprise, arguments.user, run);

    Demo demo(**enterprise, run);
    if (int code = demo.allowed(); code != 0) return code;
    if (int code = demo.refused(); code != 0) return code;
    return run.finish("\nTry it yourself: mcp-auth demo --serve\n");
}

}  // namespace

void add_demo(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<DemoArguments>();
    CLI::App* command =
        app.add_subcommand("demo", "Start a loopback enterprise and acquire a token in it");
    CLI::Option* serve =
        command->add_flag("--serve", arguments->serve, "Keep it running, and say how to try it");
    command->add_option("--user", arguments->user, "Who is signed in: alice, bob, carol or mallory")
        ->needs(serve)
        ->type_name("NAME");
    command
        ->add_option("--directory", arguments->directory,
                     "Where its CA, ID token and configuration go (default: a temporary one)")
        ->type_name("DIR");
    command->callback([arguments, &chosen] {
        chosen = [arguments](const Invocation& invocation) { return run(*arguments, invocation); };
    });
}

}  // namespace mcp_auth::cli
