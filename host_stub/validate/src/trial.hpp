// What a test works with, in its own process.
#pragma once

#include "journal.hpp"
#include "specimen.hpp"

#include <mcp_auth/abi.h>

#include <string>
#include <string_view>

namespace mcp_auth::validate {

class Trial {
public:
    Trial(const Specimen& its_specimen, const Journal& its_journal)
        : specimen(its_specimen), journal(its_journal) {}

    // Opens the library as a host does: RTLD_NOW | RTLD_LOCAL. Errors: the loader's words.
    Result<void> open();
    // And asks its entry. Errors: what the descriptor lacks, too.
    Result<void> load();
    // After open().
    void* handle() const noexcept { return handle_; }
    mcp_auth_plugin_entry* entry() const noexcept { return entry_; }
    // After load().
    const mcp_auth_plugin& descriptor() const noexcept { return *descriptor_; }
    bool has_role(std::string_view id) const;

    const Specimen& specimen;
    const Journal& journal;

private:
    void* handle_ = nullptr;
    mcp_auth_plugin_entry* entry_ = nullptr;
    const mcp_auth_plugin* descriptor_ = nullptr;
};

}  // namespace mcp_auth::validate
