#include "tls_faults.hpp"

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <stdexcept>
#include <utility>

namespace mcp_auth::host::testing {
namespace {

constexpr const char* replace = "must replace it";
constexpr const char* see_ca_file = "policy.ca_file";
constexpr const char* clock_hint = "clock";

class Table {
public:
    std::vector<TlsFault> make() {
        nothing_wrong();
        times();
        names();
        trust();
        authority_rules();
        weak();
        versions();
        revocation();
        return std::move(rows_);
    }

private:
    static CertificateRequest leaf(const std::string& names = "DNS:auth.chat.example") {
        CertificateRequest request;
        request.names = names;
        return request;
    }
    static CertificateRequest between(const std::string& name = "between") {
        CertificateRequest request;
        request.names.clear();
        request.common_name = name;
        request.authority = true;
        return request;
    }
    // `chain`: from the certificate's issuer towards the root, which the client knows.
    TlsFault& add(const std::string& name, Identity certificate, const char* says, const char* does,
                  const std::vector<Identity>& chain = {}) {
        TlsFault& row = rows_.emplace_back();
        row.name = name;
        row.server.identity = std::move(certificate);
        for (const Identity& one : chain) row.server.chain.push_back(one.certificate);
        row.authorities = root_.certificate_pem();
        row.says = says;
        row.does = does;
        return row;
    }
    TlsFault& add(const std::string& name, const CertificateRequest& request, const char* says,
                  const char* does) {
        return add(name, make_identity(request, &root_), says, does);
    }
    // The same fault one step up: in the authority that signs the certificate.
    void add_between(const std::string& name, const CertificateRequest& request, const char* says,
                     const char* does) {
        const Identity authority = make_identity(request, &root_);
        add(name, make_identity(leaf(), &authority), says, does, {authority});
    }

    void nothing_wrong() {
        add("nothing wrong", good_, "", "");
        add("nothing wrong, with an authority in between", good_below_, "", "", {between_});
        add("the name in another case", good_, "", "").host = "AUTH.Chat.Example";
        add("the name with a final dot", good_, "", "").host = "auth.chat.example.";
        add("a wildcard for the first label", leaf("DNS:*.chat.example"), "", "");
        add("an address", leaf("IP:127.0.0.1,IP:10.77.0.1"), "", "").host = "127.0.0.1";
        add("RSA of 2048 bits", rsa_, "", "");
        auto& old = add("TLS 1.2", good_, "", "");
        old.server.max_version = TLS1_2_VERSION;
        old.options = {"-tls1_2"};
        add("for servers and clients", with(leaf(), "extendedKeyUsage", "serverAuth,clientAuth"),
            "", "");
        add("a name that its authority may vouch for", make_identity(leaf(), &constrained_), "", "",
            {constrained_});
        auto& lists = add("lists that revoke others", good_below_, "", "", {between_});
        lists.revoked = revocation_list(root_) + revocation_list(between_, {{rsa_}});
    }
    static CertificateRequest with(CertificateRequest request, const std::string& extension,
                                   const std::string& value) {
        request.extensions.emplace_back(extension, value);
        return request;
    }
    static CertificateRequest at(CertificateRequest request, std::int64_t from, std::int64_t to) {
        request.not_before = from;
        request.not_after = to;
        return request;
    }

    void times() {
        add("expired", at(leaf(), -7200, -3600), "expired", clock_hint);
        add("not valid yet", at(leaf(), 3600, 7200), "not valid yet", clock_hint);
        add_between("an authority in between has expired", at(between(), -7200, -3600), "expired",
                    clock_hint);
        add_between("an authority in between is not valid yet", at(between(), 3600, 7200),
                    "not valid yet", clock_hint);
        const Identity old = make_identity(at(between("old root"), -7200, -3600), nullptr);
        add("the root has expired", make_identity(leaf(), &old), "expired", clock_hint)
            .authorities = old.certificate_pem();
    }
    void names() {  // RFC 9525 6
        const auto another = [&](const std::string& name, const CertificateRequest& request,
                                 const std::string& host = "auth.chat.example") {
            add(name, request, "another name", "use the name").host = host;
        };
        another("another name", leaf("DNS:other.example"));
        another("a name below", leaf("DNS:x.auth.chat.example"));
        CertificateRequest common = leaf("");
        common.common_name = "auth.chat.example";
        another("the common name alone", common);
        common.names = "DNS:other.example";
        another("the common name beside another name", common);
        another("a wildcard for two labels", leaf("DNS:*.example"));
        another("a wildcard for everything", leaf("DNS:*"));
        another("a wildcard for part of a label", leaf("DNS:au*.chat.example"));
        another("a wildcard before part of a label", leaf("DNS:*th.chat.example"));
        another("a wildcard in the middle", leaf("DNS:auth.*.example"));
        another("a wildcard for the labels below", leaf("DNS:*.auth.chat.example"));
        another("a wildcard is no label at all", leaf("DNS:*.chat.example"), "chat.example");
        CertificateRequest cut = leaf();
        cut.raw_name = std::string("auth.chat.example\0.evil.example", 31);
        another("a zero byte ends the name early", cut);
        another("the name as a URI", leaf("URI:https://auth.chat.example"));
        another("the name as a mail address", leaf("email:x@auth.chat.example"));
        another("another address", leaf("IP:127.0.0.2,IP:10.77.0.2"), "127.0.0.1");
        another("the address as a name", leaf("DNS:127.0.0.1,DNS:10.77.0.1"), "127.0.0.1");
        CertificateRequest address = leaf("");
        address.common_name = "127.0.0.1";
        another("the address as the common name", address, "127.0.0.1");
        another("a wildcard for an address", leaf("DNS:*.0.0.1,DNS:*.77.0.1"), "127.0.0.1");
    }
    void trust() {
        add("self-signed", make_identity(leaf(), nullptr), "self-signed", see_ca_file);
        const Identity stranger = make_authority("another CA");
        const Identity of_stranger = make_identity(leaf(), &stranger);
        add("of an unknown authority", of_stranger, "unknown authority", see_ca_file);
        add("of an unknown authority that is sent along", of_stranger, "unknown authority",
            see_ca_file, {stranger});
        const Identity same_name = make_authority();
        add("of an unknown authority of the same name", make_identity(leaf(), &same_name),
            "signature", replace);
        add("the authority in between is not sent", good_below_, "unknown authority",
            "does not send");
        Identity changed = make_identity(leaf(), &root_);
        const ASN1_BIT_STRING* signature = nullptr;
        X509_get0_signature(&signature, nullptr, changed.certificate.get());
        signature->data[signature->length - 1] ^= 1U;
        add("one bit of the signature is wrong", changed, "signature", replace);
    }
    void authority_rules() {  // RFC 5280 6
        CertificateRequest below_a_server = leaf();
        below_a_server.common_name = "below a server";
        add("signed by a server's certificate", make_identity(below_a_server, &good_),
            "no authority", replace, {good_});
        add_between("an authority that may not sign certificates",
                    with(between(), "keyUsage", "cRLSign"), "no authority", replace);
        const Identity short_root = make_identity(
            with(between("short root"), "basicConstraints", "critical,CA:TRUE,pathlen:0"), nullptr);
        const Identity below = make_identity(between(), &short_root);
        add("an authority below one that allows none", make_identity(leaf(), &below), "longer than",
            replace, {below})
            .authorities = short_root.certificate_pem();
        std::vector<Identity> deep{root_};
        for (int i = 0; i < 12; ++i)
            deep.insert(deep.begin(),
                        make_identity(between("step " + std::to_string(i)), &deep.front()));
        const Identity deepest = make_identity(leaf(), &deep.front());
        deep.pop_back();
        add("twelve authorities in between", deepest, "longer than", replace, deep);
        add("for clients alone", with(leaf(), "extendedKeyUsage", "clientAuth"),
            "not for TLS servers", replace);
        add_between("an authority for clients alone",
                    with(between(), "extendedKeyUsage", "clientAuth"), "not for TLS servers",
                    replace);
        add("a name that its authority may not vouch for",
            make_identity(leaf("DNS:auth.chat.example,DNS:other.example"), &constrained_),
            "may not vouch", replace, {constrained_});
        add_between("a name that is kept from its authority",
                    with(between(), "nameConstraints", "critical,excluded;DNS:chat.example"),
                    "may not vouch", replace);
        add("a critical extension that nobody knows",
            with(leaf(), "1.2.3.4.5", "critical,ASN1:UTF8String:x"), "critical extension",
            "refused");
    }
    void weak() {
        CertificateRequest request = leaf();
        request.key = "rsa:1024";
        add("RSA of 1024 bits", request, "too weak", "2048");
        request = between();
        request.key = "rsa:1024";
        add_between("an authority with RSA of 1024 bits", request, "too weak", "2048");
        for (const char* const digest : {"SHA1", "MD5"}) {
            request = leaf();
            request.digest = digest;
            // OpenSSL signs no MD5 with an elliptic curve.
            add(std::string("signed with ") + digest, make_identity(request, &rsa_root_), "digest",
                replace)
                .authorities = rsa_root_.certificate_pem();
        }
        request = between();
        request.digest = "SHA1";
        add_between("an authority that is signed with SHA-1", request, "digest", replace);
    }
    TlsFault& add_protocol(const std::string& name, const Identity& certificate, const char* says,
                           const char* does, int version, const char* ciphers) {
        TlsFault& row = add(name, certificate, says, does);
        row.server.max_version = version;
        row.server.configure = [ciphers](SSL_CTX* context) {
            if (SSL_CTX_set_cipher_list(context, ciphers) != 1)
                throw std::runtime_error(std::string("no cipher ") + ciphers);
        };
        const char* const option = version == TLS1_VERSION     ? "-tls1"
                                   : version == TLS1_1_VERSION ? "-tls1_1"
                                                               : "-tls1_2";
        row.options = {option, "-cipher", ciphers};
        return row;
    }
    void versions() {
        const char* const all = "ALL:@SECLEVEL=0";
        add_protocol("TLS 1.1", good_, "no version of TLS", "update", TLS1_1_VERSION, all);
        add_protocol("TLS 1.0", good_, "no version of TLS", "update", TLS1_VERSION, all);
        const auto no_common = [&](const char* name, const Identity& certificate,
                                   const char* ciphers) {
            add_protocol(name, certificate, "forward secrecy", "AES-GCM", TLS1_2_VERSION, ciphers);
        };
        no_common("no forward secrecy", rsa_, "AES128-GCM-SHA256:@SECLEVEL=0");
        no_common("ciphers without authentication", good_, "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0");
        no_common("no certificate", good_, "AECDH-AES128-SHA:ADH-AES128-GCM-SHA256:@SECLEVEL=0");
        no_common("no encryption", good_, "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0");
        TlsFault& group =
            add_protocol("a Diffie-Hellman group of 1024 bits", rsa_, "Diffie-Hellman", "2048",
                         TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0");
        group.server.configure = [](SSL_CTX* context) {
            SSL_CTX_set_cipher_list(context, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0");
            SSL_CTX_set0_tmp_dh_pkey(context, small_group());
        };
        group.options.clear();  // s_server would need a file
    }
    // Oakley group 2 (RFC 2409 6.2).
    static EVP_PKEY* small_group() {
        const std::unique_ptr<OSSL_PARAM_BLD, void (*)(OSSL_PARAM_BLD*)> build(OSSL_PARAM_BLD_new(),
                                                                               OSSL_PARAM_BLD_free);
        const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> prime(BN_get_rfc2409_prime_1024(nullptr),
                                                               BN_free);
        const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> generator(BN_new(), BN_free);
        BN_set_word(generator.get(), 2);
        OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_FFC_P, prime.get());
        OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_FFC_G, generator.get());
        const std::unique_ptr<OSSL_PARAM, void (*)(OSSL_PARAM*)> parameters(
            OSSL_PARAM_BLD_to_param(build.get()), OSSL_PARAM_free);
        const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
            EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr), EVP_PKEY_CTX_free);
        EVP_PKEY* group = nullptr;
        EVP_PKEY_fromdata_init(context.get());
        EVP_PKEY_fromdata(context.get(), &group, EVP_PKEY_KEY_PARAMETERS, parameters.get());
        return group;
    }

    void revocation() {  // RFC 5280 5
        const auto listed = [&](const std::string& name, const std::string& lists, const char* says,
                                const char* does) {
            add(name, good_below_, says, does, {between_}).revoked = lists;
        };
        const std::string of_root = revocation_list(root_);
        listed("revoked", of_root + revocation_list(between_, {{rsa_, good_below_}}), "revoked",
               replace);
        listed("the authority in between is revoked",
               revocation_list(root_, {{between_}}) + revocation_list(between_), "revoked",
               replace);
        listed("no list of the authority in between", of_root, "no revocation list", "add it");
        listed("no list of the root", revocation_list(between_), "no revocation list", "add it");
        listed("an expired list", of_root + revocation_list(between_, {{}, -7200, -3600}),
               "has expired", "a newer one");
        listed("a list that is not valid yet",
               of_root + revocation_list(between_, {{}, 3600, 7200}), "not valid yet", clock_hint);
        const Identity forger = make_identity(between(), &root_);
        listed("a list that another key signed", of_root + revocation_list(forger),
               "not what its authority signed", "fetch it anew");
    }

    std::vector<TlsFault> rows_;
    const Identity root_ = make_authority();
    const Identity between_ = make_identity(between(), &root_);
    const Identity good_ = make_identity(leaf(), &root_);
    const Identity good_below_ = make_identity(leaf(), &between_);
    const Identity constrained_ = make_identity(
        with(between("constrained"), "nameConstraints", "critical,permitted;DNS:chat.example"),
        &root_);
    const Identity rsa_ = rsa(leaf(), &root_);
    const Identity rsa_root_ = rsa(between("RSA root"), nullptr);

    static Identity rsa(CertificateRequest request, const Identity* issuer) {
        request.key = "rsa:2048";
        return make_identity(request, issuer);
    }
};

}  // namespace

std::string TlsFault::chain_pem() const {
    std::string out = server.identity.certificate_pem();
    for (const auto& one : server.chain) out += Identity{one, nullptr}.certificate_pem();
    return out;
}

std::vector<TlsFault> tls_faults() {
    return Table().make();
}

}  // namespace mcp_auth::host::testing
