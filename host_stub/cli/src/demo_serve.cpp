#include "demo_serve.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>

namespace mcp_auth::cli {
namespace {

constexpr std::chrono::minutes sign_in_again{30};

// For a POSIX shell.
std::string quoted(const std::string& text) {
    if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "/._-:=+,@%") == std::string::npos)
        return text;
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'')
            result += "'\\''";
        else
            result += c;
    }
    return result + "'";
}

std::string own_path() {
    std::error_code unknown;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", unknown);
    return unknown ? "mcp-auth" : path.string();
}

std::string instructions(const demo::Enterprise& enterprise, const std::string& config,
                         const std::string& sign_in, const std::string& user,
                         const Terminal& terminal) {
    const std::string command = quoted(own_path()), url = enterprise.mcp_url();
    const std::string options = " --config " + quoted(config) + " ";
    const auto line = [&](const std::string& text) { return "  " + terminal.bold(text) + "\n"; };
    return "\n" + user + " is signed in. The configuration is " + config +
           "\n\nIn another shell:\n" +
           line(command + options + "connect " + url + " --call whoami") +
           line(command + options + "--trace token " + url + " --format json") +
           line(command + options + "assertion " + url) +
           "\nTo sign in yourself, as alice, bob or carol with the password demo:\n" +
           line(command + " --config " + quoted(sign_in) + " login") +
           line(command + " --config " + quoted(sign_in) + " connect " + url + " --call whoami") +
           line(command + " --config " + quoted(sign_in) + " logout") +
           "\nTo see a refusal, serve with --user bob (no access) or --user mallory (locked).\n"
           "Ctrl-C ends it.\n";
}

// Returns at `until` or when cancelled.
void wait_until(Deadline until, const Cancellation& cancellation) {
    std::mutex mutex;
    std::condition_variable changed;
    const auto subscription = cancellation.on_cancel([&] {
        const std::lock_guard lock(mutex);  // or the wake-up falls between check and wait
        changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait_until(lock, until, [&] { return cancellation.cancelled(); });
}

}  // namespace

int serve_demo(demo::Enterprise& enterprise, const std::string& user, const Invocation& run) {
    Result<std::string> config = enterprise.write_configuration();
    if (!config) return run.fail(config.error());
    Result<std::string> sign_in_config = enterprise.write_configuration(
        enterprise.directory() + "/sign-in.json", enterprise.sign_in_configuration());
    if (!sign_in_config) return run.fail(sign_in_config.error());
    demo::SignIn sign_in;
    sign_in.user = user;
    if (auto signed_in = enterprise.sign_in(sign_in); !signed_in)
        return run.fail(signed_in.error());
    if (const int code =
            run.finish(instructions(enterprise, *config, *sign_in_config, user, run.out()));
        code != 0)
        return code;

    const auto deadline = run.bounds().deadline;
    const auto& cancellation = run.bounds().cancellation;
    while (!cancellation.cancelled()) {
        const Deadline now = std::chrono::steady_clock::now();
        if (deadline != Deadline{} && now >= deadline) break;
        Deadline until = now + sign_in_again;
        if (deadline != Deadline{}) until = std::min(until, deadline);
        wait_until(until, cancellation);
        if (cancellation.cancelled()) break;
        if (auto signed_in = enterprise.sign_in(sign_in); !signed_in)
            return run.fail(signed_in.error());
    }
    enterprise.stop();
    return 0;  // being told to stop is how this ends
}

}  // namespace mcp_auth::cli
