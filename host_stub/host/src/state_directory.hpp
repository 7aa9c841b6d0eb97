// A directory of ours alone, and files in it that outlive the process: registrations, what
// plugins keep, sessions. Who else could read or write there would hold the user's grants.
//
//     StateDirectory state(default_state_directory());
//     auto lock = state.lock("session", clock, bounds);      // against other processes, too
//     auto text = state.read("session", 64 * 1024);          // nothing: it is not there
//     auto kept = state.replace("session", changed);         // whole, or not at all
//
// Nothing is touched before it is used: reading where there is no directory finds nothing, and
// writing makes it. All errors have the leg "state" and name the path: misconfigured (another's, or
// open to others, or not writable), unavailable (disk full, broken).
#pragma once

#include "lease_table.hpp"
#include "trusted_file.hpp"

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>
#include <mcp_auth/secret.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

// Any thread. Names are one path component, not beginning with '.'.
class StateDirectory {
public:
    explicit StateDirectory(std::string path, Identity us = Identity::of_process())
        : path_(std::move(path)), us_(us) {}

    std::string path_of(std::string_view name) const { return path_ + "/" + std::string(name); }

    // The whole file; nothing if it is not there. Refused if others own it or can read it.
    Result<std::optional<Secret>> read(std::string_view name, std::size_t max_bytes) const;
    // Replaces the whole file at once (written beside it, synced, renamed), mode 0600.
    Result<void> replace(std::string_view name, std::string_view text) const;
    // Ok as well if it is not there.
    Result<void> remove(std::string_view name) const;

    // What is there but locks, written longest ago first.
    Result<std::vector<std::string>> names() const;

    // Waits until nobody else holds the lock `name`, in this process or another; released when the
    // handle is dropped, which may outlive this object, or when the process ends. Errors besides:
    // cancelled, deadline.
    Result<std::shared_ptr<void>> lock(std::string_view name, Clock& clock,
                                       const Bounds& bounds) const;

private:
    // No descriptor: the directory is not there.
    Result<FileDescriptor> open() const;
    Result<FileDescriptor> open_or_make() const;
    Result<FileDescriptor> checked(FileDescriptor directory) const;

    const std::string path_;
    const Identity us_;
    const std::shared_ptr<LeaseTable> in_process_ = std::make_shared<LeaseTable>();
};

}  // namespace mcp_auth::host
