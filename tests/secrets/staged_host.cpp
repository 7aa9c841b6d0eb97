// staged_host CONFIG SERVER DIRECTORY - an application that does one thing with its Host for each
// line on stdin, says on stdout how it went, and stands still until the next: so that a test can
// look at its memory in between. It keeps nothing of a secret itself.
//
//     open | open_json | close  the host; with its configuration's path, or text
//     token | interactive_token | request | assertion    acquire, and let go of what was acquired
//     alice FILE | sign_out_alice    a gateway's user whose ID token FILE holds
//     sign_in | device_sign_in | sign_out    single sign-on; says "open URL" for the person
//     metrics                   into DIRECTORY/metrics
//     elsewhere COMMAND         on another thread
//     advance SECONDS           the host's clock
//     spill FILE | hold FILE    the control: a secret that is not wiped when freed; one that is
//     kept
#include <mcp_auth/host.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace mcp_auth;

void say(std::string_view text) {
    if (::write(1, text.data(), text.size()) < 0) _exit(3);
}

// The system's, and further on by what the test says.
class AdvancedClock final : public Clock {
public:
    std::int64_t wall() const override { return system_->wall() + seconds_; }
    Deadline now() const override { return system_->now() + std::chrono::seconds(seconds_); }
    void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              Deadline until) override {
        // advance() wakes nobody, so it is looked at again (a wait may end early).
        system_->wait(condition, lock,
                      std::min(until - std::chrono::seconds(seconds_),
                               system_->now() + std::chrono::milliseconds(20)));
    }
    void random(void* bytes, std::size_t size) override { system_->random(bytes, size); }
    void advance(std::int64_t seconds) { seconds_ += seconds; }

private:
    std::shared_ptr<Clock> system_ = system_clock();
    std::atomic<std::int64_t> seconds_{0};
};

class Person final : public Browser {
public:
    Result<void> open(const std::string& url, const Bounds&) override {
        say("open ");
        say(url);
        say("\n");
        return {};
    }
};

// Straight from the file into what is handed out: no buffer of a stream has it.
std::string contents(const std::string& path) {
    std::string text(64 * 1024, '\0');
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) return {};
    std::setvbuf(file, nullptr, _IONBF, 0);
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    return text;
}

class Application {
public:
    Application(std::string config, std::string server, std::string directory)
        : config_(std::move(config)),
          server_(std::move(server)),
          directory_(std::move(directory)) {}

    std::string run(const std::string& command, const std::string& argument) {
        if (command == "open" || command == "open_json") return open(command == "open_json");
        if (command == "token") return told(connection().token());
        if (command == "interactive_token") return told(connection().token(interactive()));
        if (command == "request") return request(connection().request());
        if (command == "assertion") return assertion();
        if (command == "alice") return of_alice(argument);
        if (command == "sign_out_alice") return done([&] { host_->user("alice", {}).sign_out(); });
        if (command == "sign_in") return told(host_->sign_in({}, Bounds{}));
        if (command == "device_sign_in") return device_sign_in();
        if (command == "sign_out") return told(host_->sign_out({}, Bounds{}));
        if (command == "metrics") return metrics();
        if (command == "elsewhere") return elsewhere(argument);
        if (command == "advance") return done([&] { clock_->advance(std::stoll(argument)); });
        if (command == "close") return done([&] { host_.reset(); });
        if (command == "hold") return done([&] { held_ = contents(argument); });
        if (command == "spill") return spill(argument);
        return "no such command";
    }

private:
    template <class Action>
    static std::string done(Action action) {
        action();
        return "ok";
    }
    template <class T>
    static std::string told(const Result<T>& result) {
        return result ? "ok"
                      : std::string(to_string(result.status())) + " " + result.error().message;
    }
    std::string open(bool json) {
        Options options;
        if (json)
            options.config_json = contents(config_);  // no copy is made of it
        else
            options.config_file = config_;
        options.default_plugin_directory = MCP_AUTH_PLUGINS;
        options.clock = clock_;
        options.browser = std::make_shared<Person>();
        options.session_directory = directory_ + "/sessions";
        if (auto audit = json_lines_audit(directory_ + "/audit")) options.audit = *audit;
        auto host = Host::open(std::move(options));
        if (!host) return told(host);
        host_ = *host;
        return "ok";
    }
    // As an application would that knows nothing of wiping.
    static std::string spill(const std::string& path) {
        const std::string read = contents(path);
        return read.empty() ? "nothing was read" : "ok";
    }
    // All that an application could export.
    std::string metrics() const {
        const auto now = host_->metrics();
        std::ofstream out(directory_ + "/metrics");
        out << now.cached << ' ' << now.joined << '\n';
        for (const auto& leg : now.legs) {
            out << leg.leg << ' ' << leg.latency.count << ' ' << leg.latency.sum.count();
            for (const auto count : leg.by_status) out << ' ' << count;
            for (const auto count : leg.latency.counts) out << ' ' << count;
            out << '\n';
        }
        out.close();
        ::chmod((directory_ + "/metrics").c_str(), 0600);
        return out ? "ok" : "not written";
    }
    std::string elsewhere(const std::string& command) {
        return std::async(std::launch::async, [&] { return run(command, {}); }).get();
    }
    static Wait interactive() {
        Wait wait;
        wait.interaction = true;
        return wait;
    }
    Connection connection() const { return *host_->connection(server_); }
    std::string assertion() const {
        auto assertion = connection().assertion({});
        if (assertion) explicit_bzero(assertion->value.data(), assertion->value.size());
        return told(assertion);
    }
    std::string request(Request call) const {
        auto headers = call.authorize("POST", server_);
        if (!headers) return told(headers);
        // As if the server had answered with a challenge, so that a token is acquired and shown.
        if (headers->empty() && call.again(401, {{"WWW-Authenticate", "Bearer"}}))
            headers = call.authorize("POST", server_);
        const auto outcome = told(headers);
        if (headers)
            for (auto& header : *headers)
                explicit_bzero(header.second.data(), header.second.size());
        return outcome;
    }
    std::string of_alice(const std::string& file) const {
        const auto alice = host_->user("alice", [file](std::string_view, const Bounds&) {
            SubjectAssertion assertion;
            assertion.value = contents(file);
            return Result<SubjectAssertion>(std::move(assertion));
        });
        return request(connection().request(alice));
    }
    std::string device_sign_in() const {
        SignIn how;
        how.device = [](const DevicePrompt& prompt) {
            say("open ");
            say(prompt.verification_uri_complete);
            say("\n");
        };
        return told(host_->sign_in(how, Bounds{}));
    }

    const std::string config_, server_, directory_;
    const std::shared_ptr<AdvancedClock> clock_ = std::make_shared<AdvancedClock>();
    std::optional<Host> host_;
    std::string held_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    Application application(argv[1], argv[2], argv[3]);
    char line[512];
    for (;;) {
        const auto size = ::read(0, line, sizeof line);
        if (size <= 0) return 0;
        const std::string text(line, static_cast<std::size_t>(size) - 1);  // its line feed
        const auto space = text.find(' ');
        const auto argument = space == std::string::npos ? "" : text.substr(space + 1);
        say("done " + application.run(text.substr(0, space), argument) + "\n");
    }
}
