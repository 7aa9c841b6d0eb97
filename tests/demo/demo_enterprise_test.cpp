// The enterprise as a whole: its TLS as openssl sees it, its files, its configuration, its end.
#include "json.hpp"
#include "mcp_peer.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/URI.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace mcp_auth::demo {
namespace {

struct Command {
    int exit = -1;
    std::string output;
};

Command run(const std::string& command) {
    Command ran;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (!pipe) return ran;
    std::array<char, 4096> piece{};
    while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), pipe))
        ran.output.append(piece.data(), got);
    ran.exit = ::pclose(pipe);
    return ran;
}

std::string s_client(const Enterprise& enterprise, Server server, const std::string& more) {
    const Poco::URI uri(enterprise.origin(server));
    return std::string(OPENSSL_COMMAND) +
           " s_client -connect 127.0.0.1:" + std::to_string(uri.getPort()) +
           " -verify_return_error " + more + " </dev/null";
}

std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

unsigned mode(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
}

TEST(EnterpriseTls, IsTrustedByOpensslUnderEachOfItsNames) {
    Peer peer;
    const std::string ca = "-CAfile " + peer.enterprise().ca_file();
    for (const Server server :
         {Server::idp, Server::authorization_server, Server::mcp, Server::stranger})
        for (const char* name :
             {" -verify_hostname localhost", " -verify_ip 127.0.0.1", " -verify_ip ::1"}) {
            const Command ran = run(s_client(peer.enterprise(), server, ca + name));
            EXPECT_EQ(ran.exit, 0) << name << "\n" << ran.output;
            EXPECT_NE(ran.output.find("Verify return code: 0 (ok)"), std::string::npos);
        }
}

TEST(EnterpriseTls, IsNotTrustedUnderAnotherNameOrByAnotherAuthority) {
    Peer peer;
    Peer other;
    const std::string ca = "-CAfile " + peer.enterprise().ca_file();
    EXPECT_NE(
        run(s_client(peer.enterprise(), Server::idp, ca + " -verify_hostname evil.example")).exit,
        0);
    const std::string wrong = "-verify_hostname localhost -CAfile " + other.enterprise().ca_file();
    EXPECT_NE(run(s_client(peer.enterprise(), Server::idp, wrong)).exit, 0);
}

TEST(EnterpriseTls, SendsACertificateThatOpensslVerifiesForServersAlone) {
    Peer peer;
    const std::string leaf = peer.enterprise().directory() + "/leaf.pem";
    const std::string openssl = OPENSSL_COMMAND;
    run(s_client(peer.enterprise(), Server::mcp, "-CAfile " + peer.enterprise().ca_file()) +
        " 2>&1 | " + openssl + " x509 -out " + leaf);
    const std::string verify =
        openssl + " verify -x509_strict -CAfile " + peer.enterprise().ca_file();
    const Command server = run(verify + " -purpose sslserver " + leaf);
    EXPECT_EQ(server.exit, 0) << server.output;
    EXPECT_NE(run(verify + " -purpose sslclient " + leaf).exit, 0);
}

TEST(EnterpriseFiles, AreForItsUserAloneAndGoWithIt) {
    std::string directory;
    {
        Peer peer;
        directory = peer.enterprise().directory();
        ASSERT_TRUE(peer.enterprise().sign_in());
        ASSERT_TRUE(peer.enterprise().write_configuration());
        EXPECT_EQ(mode(directory), 0700U);
        for (const char* name : {"ca.pem", "id_token", "idp_secret", "mcp_secret", "config.json"})
            EXPECT_EQ(mode(directory + "/" + name), 0600U) << name;
    }
    EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(EnterpriseFiles, StayInADirectoryThatWasGiven) {
    Peer parent;
    const std::string given = parent.enterprise().directory() + "/given";
    { Peer peer({.directory = given}); }
    EXPECT_TRUE(std::filesystem::exists(given + "/ca.pem"));
}

TEST(EnterpriseFiles, ADirectoryThatCannotBeMadeIsMisconfigured) {
    const auto enterprise = Enterprise::start({.directory = "/proc/no/such"});
    ASSERT_FALSE(enterprise);
    EXPECT_EQ(enterprise.status(), Status::misconfigured);
}

TEST(EnterpriseStart, APortThatIsTakenIsUnavailable) {
    Peer peer;
    const std::uint16_t port = Poco::URI(peer.enterprise().origin(Server::mcp)).getPort();
    const auto second = Enterprise::start({.ports = {.mcp = port}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.status(), Status::unavailable);
}

TEST(EnterpriseStart, ListensWhereItIsTold) {
    std::uint16_t port = 0;
    {
        Peer peer;
        port = Poco::URI(peer.enterprise().origin(Server::mcp)).getPort();
    }
    Peer again({.ports = {.mcp = port}});
    EXPECT_EQ(again.enterprise().mcp_url(), "https://localhost:" + std::to_string(port) + "/mcp");
}

TEST(EnterpriseConfiguration, NamesWhatAHostNeeds) {
    Peer peer;
    const auto all = parse_object(peer.enterprise().configuration());
    ASSERT_TRUE(all);
    const auto provider = all->getObject("providers")->getObject("acme");
    EXPECT_EQ(provider->getValue<std::string>("plugin"), "cross-app-access");
    const auto idp = provider->getObject("clients")->getObject("idp");
    EXPECT_EQ(idp->getValue<std::string>("issuer"), peer.enterprise().idp_issuer());
    EXPECT_EQ(contents(idp->getObject("secret")->getValue<std::string>("file")),
              peer.enterprise().idp_client().secret);
    const auto connection = all->getArray("connections")->getObject(0);
    EXPECT_EQ(connection->getValue<std::string>("server"), peer.enterprise().mcp_url());
    EXPECT_EQ(connection->getValue<std::string>("issuer"),
              peer.enterprise().authorization_server_issuer());
    EXPECT_EQ(all->getObject("policy")->getValue<std::string>("ca_file"),
              peer.enterprise().ca_file());
    const auto id_token = peer.enterprise().sign_in();
    ASSERT_TRUE(id_token);
    EXPECT_EQ(
        contents(provider->getObject("subject")->getObject("from")->getValue<std::string>("file")),
        *id_token);
}

TEST(EnterpriseConfiguration, HasNoSecretOfAPublicClientAndNoAuthorityWithoutTls) {
    Options options;
    options.tls = false;
    options.idp_client.method = ClientMethod::none;
    Peer peer(options);
    const auto all = parse_object(peer.enterprise().configuration());
    ASSERT_TRUE(all);
    EXPECT_FALSE(all->getObject("providers")
                     ->getObject("acme")
                     ->getObject("clients")
                     ->getObject("idp")
                     ->has("secret"));
    EXPECT_FALSE(all->getObject("policy")->has("ca_file"));
    EXPECT_TRUE(all->getObject("policy")->getValue<bool>("allow_http_loopback"));
    EXPECT_EQ(peer.enterprise().mcp_url().rfind("http://", 0), 0U);
    EXPECT_EQ(peer.get(peer.enterprise().idp_issuer() + "/jwks").status, 200);
}

TEST(EnterpriseFaults, ChangeDocumentsChallengesAndTokens) {
    Peer peer;
    Enterprise& enterprise = peer.enterprise();
    enterprise.change_document([](Document which, Poco::JSON::Object& text) {
        if (which == Document::resource_metadata) text.set("resource", "https://x.example");
        if (which == Document::redemption_response) text.set("token_type", "mac");
    });
    const std::string metadata =
        enterprise.origin(Server::mcp) + "/.well-known/oauth-protected-resource/mcp";
    EXPECT_EQ(peer.get(metadata).text("resource"), "https://x.example");
    EXPECT_EQ(peer.redeem(peer.redemption_fields(peer.id_jag())).text("token_type"), "mac");
    enterprise.change_document({});
    EXPECT_EQ(peer.get(metadata).text("resource"), enterprise.mcp_url());

    enterprise.change_challenge([](const std::string& value) -> HeaderList {
        return {{"WWW-Authenticate", "Negotiate"}, {"WWW-Authenticate", value}};
    });
    const Reply reply = peer.get(enterprise.mcp_url());
    EXPECT_EQ(std::distance(reply.head.find("WWW-Authenticate"), reply.head.end()) >= 2, true);
    EXPECT_EQ(reply.header("WWW-Authenticate"), "Negotiate");

    enterprise.change_id_token(
        [](Poco::JSON::Object&, Poco::JSON::Object& claims) { claims.set("sub", "nobody"); });
    EXPECT_EQ(claims_of(*enterprise.sign_in())->getValue<std::string>("sub"), "nobody");
}

TEST(EnterpriseRecord, KeepsSecretsAndRequestsOnlyWhenAsked) {
    Peer quiet;
    quiet.access_token();
    EXPECT_TRUE(quiet.enterprise().requests().empty());
    EXPECT_TRUE(quiet.enterprise().secrets().empty());

    Peer keeping({.record = true});
    const std::string token = keeping.access_token();
    EXPECT_EQ(keeping.enterprise().requests(Server::idp, "/token").size(), 1U);
    const auto secrets = keeping.enterprise().secrets();
    EXPECT_EQ(secrets.size(), 5U) << "two client secrets, ID token, ID-JAG, access token";
    EXPECT_EQ(secrets.back(), token);
}

std::ptrdiff_t entries(const char* directory) {
    return std::distance(std::filesystem::directory_iterator(directory), {});
}

TEST(EnterpriseEnd, LeavesNoThreadAndNoDescriptorBehind) {
    { Peer first; }  // what OpenSSL and Poco open once stays open
    const auto threads = entries("/proc/self/task");
    const auto descriptors = entries("/proc/self/fd");
    {
        Peer peer;
        peer.access_token();
        const Poco::URI uri(peer.enterprise().mcp_url());
        const Poco::Net::StreamSocket open(Poco::Net::SocketAddress("127.0.0.1", uri.getPort()));
        EXPECT_GT(entries("/proc/self/task"), threads);
        EXPECT_GT(entries("/proc/self/fd"), descriptors);
    }
    // A joined thread may still be seen for a moment: the kernel clears it away after the join.
    for (int i = 0; i < 1'000'000 && entries("/proc/self/task") > threads; ++i)
        std::this_thread::yield();
    EXPECT_LE(entries("/proc/self/task"), threads);
    EXPECT_LE(entries("/proc/self/fd"), descriptors);
}

TEST(EnterpriseEnd, DoesNotWaitForPeersThatHoldTheirConnectionsOpen) {
    Peer peer;
    const std::uint16_t port = Poco::URI(peer.enterprise().origin(Server::idp)).getPort();
    const Poco::Net::SocketAddress address("127.0.0.1", port);
    Poco::Net::StreamSocket silent(address);             // not even a TLS handshake
    peer.get(peer.enterprise().idp_issuer() + "/jwks");  // surely accepted by now
    peer.enterprise().stop();
    peer.enterprise().stop();  // again does nothing
    std::array<char, 16> piece{};
    EXPECT_EQ(silent.receiveBytes(piece.data(), piece.size()), 0);
    EXPECT_THROW(peer.get(peer.enterprise().idp_issuer() + "/jwks"), Poco::Net::NetException);
}

}  // namespace
}  // namespace mcp_auth::demo
