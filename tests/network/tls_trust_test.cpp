// The administrator's authorities and revocation lists: read at once, followed when they change,
// and never mixed between connections.
#include "credential_post.hpp"
#include "wire_server.hpp"

#include "cli/subprocess.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace mcp_auth::host::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TlsTrusted : public ::testing::Test {
protected:
    TlsTrusted() {
        policy_.private_networks = {"127.0.0.0/8"};
        policy_.ca_file = directory_.write("ca.pem", authority_.certificate_pem());
        server_tls_->identity = identity_;
    }
    static void always(WirePeer& peer) {
        while (!peer.read_request().empty()) peer.write(token_answer);
    }
    static void once(WirePeer& peer) {
        peer.read_request();
        peer.write(token_answer);
    }
    std::shared_ptr<HttpTransport> client() const {
        auto made = make_http_client(policy_, {});
        EXPECT_TRUE(made) << made.error().message;
        return made ? *made : nullptr;
    }
    Error refused_at_once() const {
        const auto made = make_http_client(policy_, {});
        EXPECT_FALSE(made);
        return made ? Error() : made.error();
    }
    static Result<TokenResponse> post(HttpTransport& http, const WireServer& server) {
        return post_credential(http, server.url("/token", "localhost"));
    }
    // As an administrator replaces a file: whole.
    void replace(const std::string& name, const std::string& text) const {
        const std::string next = directory_.write(name + ".next", text);
        std::filesystem::rename(next, directory_ / name);
    }
    std::string hashed_directory(const Identity& authority) const {
        char name[16];
        std::snprintf(name, sizeof name, "%08lx.0",
                      X509_subject_name_hash(authority.certificate.get()));
        directory_.write("authorities/" + std::string(name), authority.certificate_pem());
        return directory_ / "authorities";
    }

    const TemporaryDirectory directory_;
    const Identity authority_ = make_authority();
    const Identity other_ = make_authority("another CA");
    const Identity identity_ = make_identity({}, &authority_);
    std::shared_ptr<WireTls> server_tls_ = std::make_shared<WireTls>();
    PolicyConfig policy_;
};

TEST_F(TlsTrusted, AuthoritiesMayStandInADirectoryUnderTheirHashedNames) {
    WireServer server(always, server_tls_);
    policy_.ca_file.clear();
    policy_.ca_directory = hashed_directory(authority_);
    const auto token = post(*client(), server);
    EXPECT_TRUE(token) << token.error().message;
    // Beside a file both count, and nothing else: not the system's.
    policy_.ca_file = directory_.write("other.pem", other_.certificate_pem());
    EXPECT_TRUE(post(*client(), server));
    policy_.ca_directory.clear();
    EXPECT_EQ(post(*client(), server).status(), Status::misconfigured);
}

// `openssl rehash` makes links; the directory itself stays as it is when a file behind one changes.
TEST_F(TlsTrusted, ADirectorysLinksAreFollowed) {
    WireServer server(always, server_tls_);
    const std::filesystem::path hashed = hashed_directory(authority_);
    for (const auto& entry : std::filesystem::directory_iterator(hashed)) {
        std::filesystem::rename(entry.path(), directory_ / "acme.pem");
        std::filesystem::create_symlink("../acme.pem", entry.path());
    }
    policy_.ca_file.clear();
    policy_.ca_directory = hashed;
    const auto http = client();
    ASSERT_TRUE(post(*http, server));
    const auto before = server.application_bytes();
    replace("acme.pem", make_authority().certificate_pem());  // of the same name, so the same hash
    EXPECT_EQ(post(*http, server).status(), Status::misconfigured);
    EXPECT_EQ(server.application_bytes(), before);
    replace("acme.pem", authority_.certificate_pem());
    EXPECT_TRUE(post(*http, server));
}

TEST_F(TlsTrusted, ADirectoryInWhichNothingWouldBeFoundIsRefusedAtOnce) {
    directory_.write("unhashed/ca.pem", authority_.certificate_pem());
    for (const char* const name : {"unhashed", "missing", "ca.pem"}) {
        policy_.ca_directory = directory_ / name;
        const Error error = refused_at_once();
        EXPECT_EQ(error.status, Status::misconfigured) << name;
        EXPECT_THAT(error.message, AllOf(HasSubstr("policy.ca_directory"), HasSubstr(name),
                                         HasSubstr("openssl rehash")));
    }
}

TEST_F(TlsTrusted, ARevocationListThatCannotBeReadIsRefusedAtOnce) {
    directory_.write("garbage", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
    directory_.write("certificate", authority_.certificate_pem());
    directory_.write("empty", "");
    for (const char* const name : {"garbage", "certificate", "empty", "missing"}) {
        policy_.crl_file = directory_ / name;
        const Error error = refused_at_once();
        EXPECT_EQ(error.status, Status::misconfigured) << name;
        EXPECT_THAT(error.message, AllOf(HasSubstr("policy.crl_file"), HasSubstr(name)));
    }
}

// Neither does the connection that was made before, and still stands idle, outlive the list.
TEST_F(TlsTrusted, ANewRevocationListHoldsForTheNextRequest) {
    WireServer server(always, server_tls_);
    policy_.crl_file = directory_.write("crl.pem", revocation_list(authority_));
    const auto http = client();
    ASSERT_TRUE(post(*http, server));
    ASSERT_TRUE(post(*http, server));
    ASSERT_EQ(server.accepts(), 1);
    const auto before = server.application_bytes();
    replace("crl.pem", revocation_list(authority_, {{identity_}}));
    const auto token = post(*http, server);
    ASSERT_EQ(token.status(), Status::misconfigured);
    EXPECT_THAT(token.error().message, HasSubstr("was revoked"));
    EXPECT_EQ(server.accepts(), 2);
    EXPECT_EQ(server.application_bytes(), before);
    replace("crl.pem", revocation_list(authority_));
    EXPECT_TRUE(post(*http, server));
}

TEST_F(TlsTrusted, AFileThatGoesBadStopsEveryRequestUntilItIsGoodAgain) {
    WireServer server(always, server_tls_);
    policy_.crl_file = directory_.write("crl.pem", revocation_list(authority_));
    const auto http = client();
    ASSERT_TRUE(post(*http, server));
    const auto before = server.application_bytes();
    for (const char* const name : {"crl.pem", "ca.pem"}) {
        const std::string good = name == std::string("ca.pem") ? authority_.certificate_pem()
                                                               : revocation_list(authority_);
        replace(name, "not PEM");
        const auto token = post(*http, server);
        ASSERT_EQ(token.status(), Status::misconfigured);
        EXPECT_THAT(token.error().message, HasSubstr(name));
        EXPECT_EQ(server.application_bytes(), before);
        replace(name, good);
    }
    EXPECT_TRUE(post(*http, server));
}

TEST_F(TlsTrusted, AnAuthorityThatIsTakenAwayIsTrustedNoMore) {
    WireServer server(always, server_tls_);
    const auto http = client();
    ASSERT_TRUE(post(*http, server));
    replace("ca.pem", other_.certificate_pem());
    EXPECT_EQ(post(*http, server).status(), Status::misconfigured);
}

// Each host has connections of its own: what one trusts lets nothing through for another.
TEST_F(TlsTrusted, AConnectionOfOnePolicyServesNoOther) {
    WireServer server(always, server_tls_);
    const auto trusting = client();
    ASSERT_TRUE(post(*trusting, server));
    PolicyConfig stricter = policy_;
    stricter.ca_file = directory_.write("other.pem", other_.certificate_pem());
    EXPECT_EQ(post(**make_http_client(stricter, {}), server).status(), Status::misconfigured);
    stricter = policy_;
    stricter.private_networks.clear();
    EXPECT_EQ(post(**make_http_client(stricter, {}), server).status(), Status::misconfigured);
    stricter = policy_;
    stricter.crl_file = directory_.write("crl.pem", revocation_list(authority_, {{identity_}}));
    EXPECT_EQ(post(**make_http_client(stricter, {}), server).status(), Status::misconfigured);
    ASSERT_TRUE(post(*trusting, server));
    EXPECT_EQ(server.requests().size(), 2U);
}

// A session that is taken up again would skip the certificate's check, and could be another
// client's (RFC 8705). The server offers tickets; nobody may take them.
TEST_F(TlsTrusted, NoSessionIsTakenUpAgain) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        SSL_CTX* context = nullptr;
        server_tls_->max_version = version;
        server_tls_->configure = [&](SSL_CTX* made) {
            const unsigned char id[] = "test";
            SSL_CTX_set_session_id_context(made, id, sizeof id);
            SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_SERVER);
            context = made;
        };
        WireServer server(once, server_tls_);
        const auto http = client();
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(post(*http, server));
        EXPECT_EQ(server.accepts(), 3);
        EXPECT_EQ(SSL_CTX_sess_accept_good(context), 3);
        EXPECT_EQ(SSL_CTX_sess_hits(context), 0);
    }
}

// What an openssl.cnf of the machine allows is not allowed here.
TEST_F(TlsTrusted, TheMachinesOwnSettingsLoosenNothing) {
    const std::string settings =
        "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = loose\n[loose]\n"
        "MinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n";
    const mcp_auth::testing::Subprocess run(
        {"/proc/self/exe", "--gtest_filter=TlsFaults.AreRefusedBeforeAByteOfACredentialIsWritten"},
        {"OPENSSL_CONF=" + directory_.write("openssl.cnf", settings)});
    EXPECT_EQ(run.exit_code(), 0) << run.out() << run.err();
    EXPECT_THAT(run.out(), HasSubstr(", 0 wrong"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
