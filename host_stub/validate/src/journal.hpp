// What a test's process tells the one that started it, while it runs: written at once, so that it
// is there whatever becomes of the writer.
#pragma once

#include "test.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::validate {

class Journal {
public:
    explicit Journal(int descriptor) noexcept : descriptor_(descriptor) {}

    // What the plugin is about to be asked; the last one explains a crash.
    void doing(std::string_view what) const;
    void verdict(const Verdict& verdict) const;
    // These two allocate nothing and may be written from a signal handler or at the very end.
    void stray(const char* service) const noexcept;
    void forbidden(long system_call) const noexcept;

private:
    int descriptor_;
};

// What was read back.
struct Account {
    std::string doing = {};
    std::optional<Verdict> verdict = {};
    std::vector<std::string> strays = {};  // services called when no function of the plugin ran
    std::optional<long> forbidden = {};    // the system call that ended it

    static Account read(std::string_view text);
};

}  // namespace mcp_auth::validate
