// Running the program that a secret comes from.
#pragma once

#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace mcp_auth::host {

constexpr std::size_t max_secret_bytes = 64 * 1024;

// What the program wrote to its standard output, all of it, if it exited with 0. argv[0] is a
// path; no shell, no search of $PATH. It gets this process's environment, an empty standard input,
// a standard error that leads nowhere (it might name the secret), no other descriptor, and a
// process group of its own, which is killed at the end, children included. Without a deadline it
// has 30 seconds.
// Errors: misconfigured (cannot be run, failed, too much output), deadline, cancelled. No message
// has a part of the output.
Result<std::string> run_secret_command(const std::vector<std::string>& argv, const Bounds& bounds);

}  // namespace mcp_auth::host
