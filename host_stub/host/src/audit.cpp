#include <mcp_auth/host/audit.hpp>

#include "trusted_file.hpp"

#include <mcp_auth/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace mcp_auth {
namespace {

// What one value may take up, whatever somebody put into it.
constexpr std::size_t max_value_bytes = 512;
constexpr std::size_t max_path_bytes = 8192;  // a plugin is known by paths, whole ones
constexpr std::size_t max_fields = 32;

std::string_view name_of(AuditEvent::Kind kind) noexcept {
    switch (kind) {
    case AuditEvent::Kind::leg: return "leg";
    case AuditEvent::Kind::log: return "log";
    case AuditEvent::Kind::outcome: return "outcome";
    case AuditEvent::Kind::plugin: return "plugin";
    }
    return "unknown";
}

// The JSON writer escapes control characters and replaces what is not UTF-8, so no value can end
// the line or begin another (CWE-117).
std::string line_of(const AuditEvent& event) {
    auto line = json::Value::object();
    const auto text = [&line](const char* name, std::string_view value) {
        if (!value.empty()) line.set(name, value.substr(0, max_value_bytes));
    };
    line.set("at", event.at);
    line.set("kind", name_of(event.kind));
    if (event.acquisition != 0)
        line.set("acquisition", json::Value::number(std::to_string(event.acquisition)));
    text("connection", event.connection);
    text("provider", event.provider);
    text("user", event.user);
    text("leg", event.leg);
    text("peer", event.peer);
    text("event", event.event);
    line.set("status", to_string(event.status));
    if (event.http_status != 0) line.set("http_status", event.http_status);
    if (event.duration.count() != 0)
        line.set("duration_us", static_cast<std::int64_t>(event.duration.count()));
    text("correlation", event.correlation);
    if (!event.fields.empty()) {
        auto fields = json::Value::object();
        const auto count = std::min(event.fields.size(), max_fields);
        const auto most = event.kind == AuditEvent::Kind::plugin ? max_path_bytes : max_value_bytes;
        for (std::size_t i = 0; i < count; ++i)
            fields.set(event.fields[i].first.substr(0, max_value_bytes),
                       event.fields[i].second.substr(0, most));
        line.set("fields", std::move(fields));
    }
    return line.dump() + '\n';
}

class JsonLines final : public AuditSink {
public:
    explicit JsonLines(host::FileDescriptor file) noexcept : file_(std::move(file)) {}

    // One write per line: with O_APPEND lines of several threads and processes never mix. A sink
    // has nobody to tell that the disk is full, and must not stop the acquisition.
    void record(const AuditEvent& event) noexcept override try {
        std::string line = line_of(event);
        if (torn_.exchange(false)) line.insert(0, 1, '\n');
        ssize_t written = -1;
        do {
            written = ::write(file_.get(), line.data(), line.size());
        } while (written < 0 && errno == EINTR);
        if (written > 0 && static_cast<std::size_t>(written) < line.size()) torn_ = true;
    } catch (...) {
        // No memory for the line: it is lost, like one that the disk has no room for.
    }

private:
    host::FileDescriptor file_;
    std::atomic<bool> torn_{false};  // the last line has no end
};

Error unusable(const std::string& path, const std::string& why) {
    return {Status::misconfigured, "audit", "the audit file " + path + " cannot be used: " + why};
}

}  // namespace

Result<std::shared_ptr<AuditSink>> json_lines_audit(const std::string& path) {
    // O_NOFOLLOW: a link placed where we are told to write would let somebody else choose the
    // file. O_NONBLOCK: opening a pipe must not wait for its reader before it can be refused.
    host::FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
               S_IRUSR | S_IWUSR));
    if (!file) {
        if (errno == ELOOP) return unusable(path, "it is a symbolic link; name the file itself");
        return unusable(path, std::generic_category().message(errno));
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return unusable(path, std::generic_category().message(errno));
    if (!S_ISREG(status.st_mode)) return unusable(path, "it is not a regular file");
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return unusable(path, "it belongs to another user, " + std::to_string(status.st_uid) +
                                  ", who could read and change it; name a new file");
    if ((status.st_mode & S_IWOTH) != 0)
        return unusable(path, "anybody may write to it; run: chmod o-w " + path);
    return std::shared_ptr<AuditSink>(std::make_shared<JsonLines>(std::move(file)));
}

}  // namespace mcp_auth
