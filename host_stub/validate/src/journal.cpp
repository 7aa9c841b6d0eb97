#include "journal.hpp"

#include <mcp_auth/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace mcp_auth::validate {
namespace {

// One line is one write: nothing of another comes between.
void write_line(int descriptor, const char* text, std::size_t size) noexcept {
    while (size > 0) {
        const ssize_t written = ::write(descriptor, text, size);
        if (written <= 0) return;  // nobody is left to tell
        text += written;
        size -= static_cast<std::size_t>(written);
    }
}

constexpr Outcome outcomes[] = {Outcome::passed, Outcome::failed, Outcome::skipped,
                                Outcome::untried};

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
    switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::failed: return "failed";
    case Outcome::skipped: return "skipped";
    case Outcome::untried: return "untried";
    }
    return "failed";
}

void Journal::doing(std::string_view what) const {
    const std::string line = json::Value::object().set("doing", what).dump() + "\n";
    write_line(descriptor_, line.data(), line.size());
}

void Journal::verdict(const Verdict& verdict) const {
    const std::string line = json::Value::object()
                                 .set("outcome", to_string(verdict.outcome))
                                 .set("reason", verdict.reason)
                                 .dump() +
                             "\n";
    write_line(descriptor_, line.data(), line.size());
}

void Journal::stray(const char* service) const noexcept {
    constexpr std::string_view head = R"({"stray":")", tail = "\"}\n";
    const std::string_view name = std::string_view(service).substr(0, 64);
    char line[head.size() + 64 + tail.size()];
    char* end = std::copy(head.begin(), head.end(), line);
    end = std::copy(name.begin(), name.end(), end);
    end = std::copy(tail.begin(), tail.end(), end);
    write_line(descriptor_, line, static_cast<std::size_t>(end - line));
}

void Journal::forbidden(long system_call) const noexcept {
    char line[64] = R"({"forbidden":)";
    std::size_t size = std::strlen(line);
    char digits[24];
    std::size_t count = 0;
    for (auto rest = static_cast<unsigned long>(system_call); count == 0 || rest > 0; rest /= 10)
        digits[count++] = static_cast<char>('0' + rest % 10);
    while (count > 0) line[size++] = digits[--count];
    line[size++] = '}';
    line[size++] = '\n';
    write_line(descriptor_, line, size);
}

Account Account::read(std::string_view text) {
    Account account;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto entry = json::parse(line);
        if (!entry) continue;  // cut off by a crash, or written by the plugin
        if (entry->find("doing")) account.doing = entry->string("doing");
        if (entry->find("stray")) account.strays.emplace_back(entry->string("stray"));
        if (const auto* number = entry->find("forbidden"))
            account.forbidden = static_cast<long>(number->as_integer().value_or(-1));
        for (const Outcome outcome : outcomes)
            if (entry->string("outcome") == to_string(outcome))
                account.verdict = Verdict{outcome, std::string(entry->string("reason"))};
    }
    return account;
}

}  // namespace mcp_auth::validate
