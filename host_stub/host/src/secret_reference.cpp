#include "secret_reference.hpp"

#include "secret_command.hpp"
#include "trusted_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

Result<std::string> read_file(const std::string& path, std::string_view leg) {
    const auto refuse = [&](const std::string& why) {
        return Error(Status::misconfigured, std::string(leg), path + ": " + why);
    };
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return refuse(std::generic_category().message(errno));
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return refuse(std::generic_category().message(errno));
    // A FIFO could keep us waiting for ever; that is what "command" is for.
    if (!S_ISREG(status.st_mode)) return refuse("not a regular file");
    // Others may read it where the administrator says so (mounted secrets are links to such
    // files); but what everyone can write says nothing about who wrote it.
    if ((status.st_mode & S_IWOTH) != 0)
        return refuse("everyone can write to it: chmod o-w " + path);
    auto text = read_all(file.get(), max_secret_bytes, path);
    if (!text) text.error().leg = leg;
    return text;
}

void drop_newline(std::string& text) {
    if (!text.empty() && text.back() == '\n') text.pop_back();
    if (!text.empty() && text.back() == '\r') text.pop_back();
}

}  // namespace

Result<Secret> read_secret(const SecretReference& reference, std::string_view what,
                           std::string_view leg, const Bounds& bounds) {
    const auto refuse = [&](const std::string& why) {
        return Error(Status::misconfigured, std::string(leg), std::string(what) + ": " + why);
    };
    if (bounds.cancellation.cancelled())
        return Error(Status::cancelled, std::string(leg), std::string(what) + ": cancelled");
    std::string text;
    switch (reference.from) {
    // A session and the application hand over a subject, and the configuration lets them stand for
    // nothing else: there is nothing to read.
    case SecretReference::From::none:
    case SecretReference::From::session:
    case SecretReference::From::application: return refuse("none is configured");
    case SecretReference::From::literal: text = reference.literal.reveal(); break;
    case SecretReference::From::env: {
        const char* value = ::secure_getenv(reference.name.c_str());
        if (value == nullptr)
            return refuse("the environment variable " + reference.name + " is not set");
        if (std::string_view(value).size() > max_secret_bytes)
            return refuse("the environment variable " + reference.name + " is longer than 64 KiB");
        text = value;
        break;
    }
    case SecretReference::From::file: {
        auto read = read_file(reference.name, leg);
        if (!read) return refuse(read.error().message);
        text = std::move(*read);
        break;
    }
    case SecretReference::From::command: {
        auto answer = run_secret_command(reference.command, bounds);
        if (!answer) {
            answer.error().leg = leg;
            answer.error().message = std::string(what) + ": " + answer.error().message;
            return answer.error();
        }
        text = std::move(*answer);
        break;
    }
    }
    drop_newline(text);
    if (text.empty()) return refuse("it is empty");
    Secret secret{std::string_view(text)};
    wipe(text);  // moving a short string would leave its bytes behind
    return secret;
}

}  // namespace mcp_auth::host
