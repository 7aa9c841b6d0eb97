// One TLS server that is right, and many that have one thing wrong (protocol.md L, K).
#pragma once

#include "certificates.hpp"
#include "wire_server.hpp"

#include <mcp_auth/result.hpp>

#include <string>
#include <vector>

namespace mcp_auth::host::testing {

struct TlsFault {
    std::string name;
    WireTls server;
    // The host in the URL; an address literal stands in `server`'s certificate twice, as loopback
    // and as one of a private network (a proxy is never asked for loopback).
    std::string host = "auth.chat.example";
    std::string authorities;  // PEM, policy.ca_file
    std::string revoked;      // PEM, policy.crl_file; empty: not given
    std::string says;         // part of the message that names the fault; empty: nothing is wrong
    std::string does;         // part of it that says what to do
    // For `openssl s_server`, where the fault is not in certificates.
    std::vector<std::string> options;

    bool literal() const { return host == "127.0.0.1"; }
    std::string chain_pem() const;  // the certificate and those after it
};

inline constexpr const char* private_literal = "10.77.0.1";

// The first ones have no fault. Takes a while: RSA keys are made.
std::vector<TlsFault> tls_faults();

}  // namespace mcp_auth::host::testing
