// mcp_auth/host/options.hpp - what an application may give to Host::open; everything has a default.
#pragma once

#include <mcp_auth/abi.h>
#include <mcp_auth/host/audit.hpp>
#include <mcp_auth/host/browser.hpp>
#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/export.hpp>
#include <mcp_auth/host/http.hpp>
#include <mcp_auth/host/store.hpp>
#include <mcp_auth/host/user.hpp>
#include <mcp_auth/result.hpp>

#include <memory>
#include <string>
#include <vector>

namespace mcp_auth {

// A provider linked into the application: its entry function, and the text of its manifest
// (without "library").
struct Builtin {
    mcp_auth_plugin_entry* entry = nullptr;
    std::string manifest_json;
};

struct Options {
    // Path of the configuration. Empty: $MCP_AUTH_CONFIG, $XDG_CONFIG_HOME/mcp-auth/config.json,
    // /etc/mcp-auth/config.json, in this order. It must belong to root or the effective user, and
    // nobody else may write to it.
    std::string config_file;
    // The configuration itself, as JSON text; used instead of a file when not empty.
    std::string config_json;
    // One manifest that goes before all that are searched for. Empty: none.
    std::string manifest_file;
    // The last directory searched, after /etc. Empty: the build's or installation's own.
    std::string default_plugin_directory;

    std::shared_ptr<HttpTransport> transport;  // default: Poco, under the configured policy
    std::shared_ptr<Clock> clock;              // default: system_clock()
    std::shared_ptr<AuditSink> audit;          // default: none
    std::shared_ptr<Store> store;              // default: Store::memory()
    std::shared_ptr<Browser> browser;          // default: system_browser()
    // Where the sessions of single sign-on are kept (sign_in.hpp): in files here, mode 0600. Empty:
    // in memory. A configuration that says "sessions" decides instead: "file" (here, or in
    // default_state_directory()/sessions), or "keyring", the desktop's, by libsecret.
    std::string session_directory;
    SubjectSource application_subject;  // for "subject": {"from": "application"} without users
    std::vector<Builtin> builtin;
    unsigned threads = 32;             // acquisitions at once
    unsigned interactive_threads = 4;  // acquisitions at once that may wait for a person
};

// The configuration that Host::open takes: `named` if it is not empty, else the first that is there
// of those that Options::config_file names. Errors: misconfigured (there is none), with the places
// that were tried.
MCP_AUTH_HOST_API Result<std::string> configuration_file(const std::string& named = {});

}  // namespace mcp_auth
