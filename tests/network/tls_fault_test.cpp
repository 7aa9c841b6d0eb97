// Faults of TLS, each tried with a secret in hand: refused as misconfigured before a byte of it is
// written (protocol.md K, L1), with the fault named and what to do. The servers are OpenSSL's, once
// as a library and once as its command; straight and through a proxy's tunnel.
#include "tls_faults.hpp"

#include "cli/subprocess.hpp"
#include "credential_post.hpp"
#include "integration/forward_proxy.hpp"
#include "support/outcome_table.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace mcp_auth::host::testing {
namespace {

using integration::ForwardProxy;
using mcp_auth::testing::OutcomeTable;
using mcp_auth::testing::Subprocess;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

struct Tried {
    Result<TokenResponse> token;
    bool connected;
    bool application_bytes;  // seen by the server
};

// Empty, or what is wrong with it.
std::string judged(const TlsFault& row, const Tried& tried) {
    if (!tried.connected) return "the server was not reached";
    if (row.says.empty()) {
        if (!tried.token) return "refused";
        return tried.application_bytes ? "" : "the server saw no request";
    }
    if (tried.application_bytes) return "bytes were sent";
    if (tried.token) return "accepted";
    const Error& error = tried.token.error();
    if (error.status != Status::misconfigured) return "another status";
    if (error.leg != "token") return "another leg";
    if (!contains(error.message, row.says)) return "does not say: " + row.says;
    if (!contains(error.message, row.does)) return "does not say what to do: " + row.does;
    return contains(error.message, canary_secret) ? "shows the secret" : "";
}

std::string shown(const Tried& tried) {
    if (tried.token) return "ok";
    return std::string(to_string(tried.token.status())) + ": " + tried.token.error().message;
}

class TlsFaults : public ::testing::Test {
protected:
    static void SetUpTestSuite() { rows_ = new std::vector<TlsFault>(tls_faults()); }
    static void TearDownTestSuite() {
        delete rows_;
        rows_ = nullptr;
    }
    Result<TokenResponse> post(const TlsFault& row, std::uint16_t port, const std::string& proxy) {
        PolicyConfig policy;
        policy.private_networks = {"127.0.0.0/8", "10.77.0.0/16"};
        policy.ca_file = directory_.write("ca.pem", row.authorities);
        if (!row.revoked.empty()) policy.crl_file = directory_.write("crl.pem", row.revoked);
        policy.proxy = proxy;
        const auto http = make_http_client(policy, {}, everything_is_here);
        if (!http) return http.error();
        const std::string host = row.literal() && !proxy.empty() ? private_literal : row.host;
        return post_credential(**http, "https://" + host + ":" + std::to_string(port) + "/token");
    }
    Tried at_library(const TlsFault& row, bool proxied) {
        auto tls = std::make_shared<WireTls>(row.server);
        tls->behind_connect = proxied;
        WireServer server(
            [](WirePeer& peer) {
                while (!peer.read_request().empty()) peer.write(token_answer);
            },
            tls);
        auto token = post(row, server.port(),
                          proxied ? "http://127.0.0.1:" + std::to_string(server.port()) : "");
        return {std::move(token), server.accepts() == 1, server.application_bytes() != 0};
    }
    Tried at_command(const TlsFault& row, const ForwardProxy* proxy);

    static std::vector<TlsFault>* rows_;
    const TemporaryDirectory directory_;
};

std::vector<TlsFault>* TlsFaults::rows_ = nullptr;

// Prints what it was sent, and answers what stands on its stdin.
Tried TlsFaults::at_command(const TlsFault& row, const ForwardProxy* proxy) {
    int answer[2] = {-1, -1};
    EXPECT_EQ(::pipe2(answer, O_CLOEXEC), 0);
    EXPECT_EQ(::write(answer[1], token_answer.data(), token_answer.size()),
              static_cast<ssize_t>(token_answer.size()));
    std::vector<std::string> arguments{
        "/usr/bin/timeout",
        "30",
        OPENSSL_COMMAND,
        "s_server",
        "-naccept",
        "1",
        "-accept",
        "127.0.0.1:0",
        "-cert",
        directory_.write("server.pem", row.server.identity.certificate_pem()),
        "-key",
        directory_.write("server.key", row.server.identity.key_pem()),
        "-cert_chain",
        directory_.write("chain.pem", row.chain_pem())};
    const auto& options = row.options;
    arguments.insert(arguments.end(), options.begin(), options.end());
    if (options.size() < 2) {
        arguments.emplace_back("-cipher");
        arguments.emplace_back("ALL:@SECLEVEL=0");  // so that it offers weak certificates
    }
    std::optional<Tried> tried;
    std::string port_text;
    {
        Subprocess server(Subprocess::Start{}, arguments, {}, -1, answer[0]);
        const std::string marker = "ACCEPT 127.0.0.1:";
        EXPECT_TRUE(server.wait_for_out(marker)) << row.name;
        port_text = server.out().substr(server.out().find(marker) + marker.size());
        auto token = post(row, static_cast<std::uint16_t>(std::stoul(port_text)),
                          proxy != nullptr ? proxy->url() : "");
        server.finish();
        constexpr int timed_out = 124;  // nobody came
        tried =
            Tried{std::move(token), server.exit_code() != timed_out,
                  contains(server.out(), "POST /token") || contains(server.out(), "Authorization")};
    }
    ::close(answer[0]);
    ::close(answer[1]);
    return std::move(*tried);
}

TEST_F(TlsFaults, AreRefusedBeforeAByteOfACredentialIsWritten) {
    OutcomeTable table("TLS faults, OpenSSL's library");
    for (const TlsFault& row : *rows_) {
        for (const bool proxied : {false, true}) {
            const Tried tried = at_library(row, proxied);
            table.row(row.name + (proxied ? ", proxy" : ""), shown(tried), judged(row, tried));
        }
    }
}

TEST_F(TlsFaults, AreRefusedAtOpensslsOwnServerToo) {
    OutcomeTable table("TLS faults, openssl s_server");
    const ForwardProxy proxy;
    bool proxied = false;
    for (const TlsFault& row : *rows_) {
        if (row.server.configure && row.options.empty()) continue;  // not by options alone
        proxied = !proxied;  // each fault once: starting the command takes its time
        const Tried tried = at_command(row, proxied ? &proxy : nullptr);
        table.row(row.name + (proxied ? ", proxy" : ""), shown(tried), judged(row, tried));
    }
    EXPECT_FALSE(proxy.requests().empty());
}

}  // namespace
}  // namespace mcp_auth::host::testing
