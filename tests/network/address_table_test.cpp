// Which addresses are refused (protocol.md L2), by class and by spelling: as a literal without and
// behind a proxy, as what a name resolves to, and allowed where its network is listed.
#include "address_policy.hpp"

#include "http_client.hpp"
#include "support/outcome_table.hpp"
#include "wire_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mcp_auth::host::testing {
namespace {

using mcp_auth::testing::OutcomeTable;

struct Row {
    const char* host;
    const char* says;  // part of the refusal; null: it is public and allowed
};

constexpr const char* metadata = "metadata service";
constexpr const char* spelling = "spelling";
constexpr const char* neither = "neither a name nor an address";
constexpr const char* no_url = "not a URL";

// IANA's special-purpose registries: the first and the last address of each block, and the
// neighbours outside of it where those are public.
constexpr Row classes[] = {
    {"0.0.0.0", "unspecified"},
    {"0.255.255.255", "unspecified"},
    {"1.0.0.0", nullptr},
    {"9.255.255.255", nullptr},
    {"10.0.0.0", "private"},
    {"10.255.255.255", "private"},
    {"11.0.0.0", nullptr},
    {"100.63.255.255", nullptr},
    {"100.64.0.0", "carrier-grade"},
    {"100.127.255.255", "carrier-grade"},
    {"100.128.0.0", nullptr},
    {"126.255.255.255", nullptr},
    {"127.0.0.0", "loopback"},
    {"127.255.255.255", "loopback"},
    {"128.0.0.0", nullptr},
    {"169.253.255.255", nullptr},
    {"169.254.0.0", "link-local"},
    {"169.254.255.255", "link-local"},
    {"169.255.0.0", nullptr},
    {"172.15.255.255", nullptr},
    {"172.16.0.0", "private"},
    {"172.31.255.255", "private"},
    {"172.32.0.0", nullptr},
    {"191.255.255.255", nullptr},
    {"192.0.0.0", "reserved"},
    {"192.0.0.255", "reserved"},
    {"192.0.1.0", nullptr},
    {"192.0.2.0", "documentation"},
    {"192.0.2.255", "documentation"},
    {"192.88.99.0", "reserved"},
    {"192.167.255.255", nullptr},
    {"192.168.0.0", "private"},
    {"192.168.255.255", "private"},
    {"192.169.0.0", nullptr},
    {"198.17.255.255", nullptr},
    {"198.18.0.0", "benchmarks"},
    {"198.19.255.255", "benchmarks"},
    {"198.20.0.0", nullptr},
    {"198.51.100.7", "documentation"},
    {"203.0.113.7", "documentation"},
    {"223.255.255.255", nullptr},
    {"224.0.0.0", "multicast"},
    {"239.255.255.255", "multicast"},
    {"240.0.0.0", "reserved"},
    {"255.255.255.255", "reserved"},
    {"169.254.169.254", metadata},
    {"100.100.100.200", metadata},
    {"168.63.129.16", metadata},
    {"fd00:ec2::254", metadata},
    {"::", "unspecified"},
    {"::1", "loopback"},
    {"::2", "reserved"},
    {"100::1", "reserved"},
    {"5f00::1", "reserved"},
    {"4000::1", "reserved"},
    {"1fff::1", "reserved"},
    {"2606:4700::1111", nullptr},
    {"2a00:1450::1", nullptr},
    {"2001:200::1", nullptr},
    {"2001::1", "reserved"},
    {"2001:0:7f00:1::1", "reserved"},
    {"2001:20::1", "reserved"},
    {"2001:1ff:ffff::1", "reserved"},
    {"2001:db8::1", "documentation"},
    {"3fff::1", "documentation"},
    {"3fff:1000::1", nullptr},
    {"fc00::1", "private"},
    {"fdff:ffff::1", "private"},
    {"fe00::1", "reserved"},
    {"fe80::1", "link-local"},
    {"febf:ffff::1", "link-local"},
    {"fec0::1", "site-local"},
    {"feff::1", "site-local"},
    {"ff00::1", "multicast"},
    {"ff02::1", "multicast"},
    {"64:ff9b:1::1", "NAT64"},
    {"64:ff9b:1:ffff::a00:1", "NAT64"},
    {"64:ff9b:2::1", "reserved"},
    // IPv4 inside of IPv6: mapped, NAT64, 6to4, compatible, translated (SIIT)
    {"::ffff:127.0.0.1", "loopback"},
    {"::ffff:10.0.0.1", "private"},
    {"::ffff:169.254.169.254", metadata},
    {"::ffff:a9fe:a9fe", metadata},
    {"::ffff:1.1.1.1", nullptr},
    {"64:ff9b::127.0.0.1", "loopback"},
    {"64:ff9b::a9fe:a9fe", metadata},
    {"64:ff9b::192.168.0.1", "private"},
    {"64:ff9b::1.1.1.1", nullptr},
    {"2002:7f00:1::", "loopback"},
    {"2002:a9fe:a9fe::1", metadata},
    {"2002:c0a8:101::", "private"},
    {"2002:101:101::1", nullptr},
    {"::127.0.0.1", "loopback"},
    {"::169.254.169.254", metadata},
    {"::1.1.1.1", "reserved"},
    {"::ffff:0:127.0.0.1", "reserved"},
};

constexpr Row spellings[] = {
    {"2130706433", "loopback"},
    {"017700000001", "loopback"},
    {"0x7f000001", "loopback"},
    {"0X7F000001", "loopback"},
    {"0177.0.0.1", "loopback"},
    {"0177.0.0.01", "loopback"},
    {"0x7f.1", "loopback"},
    {"0x7f.0x0.0x0.0x1", "loopback"},
    {"127.1", "loopback"},
    {"127.0.1", "loopback"},
    {"127.0.0.1.", "loopback"},
    {"0000177.0.0.1", "loopback"},
    {"127.0x0.00.1", "loopback"},
    {"0", "unspecified"},
    {"0x", "unspecified"},
    {"2852039166", metadata},
    {"0xa9fea9fe", metadata},
    {"0251.0376.0251.0376", metadata},
    {"169.16689662", metadata},
    {"169.254.43518", metadata},
    {"169.254.169.254.", metadata},
    {"012.0.0.1", "private"},
    {"3232235521", "private"},
    {"0xc0.168.1", "private"},
    // Public as inet_aton reads it, and something else to others: 10.8.8.8, 10.1.1.1.
    {"010.8.8.8", spelling},
    {"8.8.8.010", spelling},
    {"0x01010101", spelling},
    {"16843009", spelling},
    {"1.1", spelling},
    {"1.1.1.1.", spelling},
    {"001.1.1.1", spelling},
    {"256.0.0.1", neither},
    {"1.2.3.4.5", neither},
    {"4294967296", neither},
    {"127.0.0.0x100", neither},
    {"1.2.3.08", neither},
    {"evil.127", neither},
    {"evil.0x7f", neither},
    {"127.0.0.1.1", neither},
    {"0x100000000", neither},
    {"0x17f000001", neither},
    {"evil.0x17f000001", neither},
    {"localhost", "loopback"},
    {"LOCALHOST", "loopback"},
    {"localhost.", "loopback"},
    {"a.b.localhost", "loopback"},
    {"[0:0:0:0:0:0:0:1]", "loopback"},
    {"[0000::0001]", "loopback"},
    {"[::FFFF:7F00:1]", "loopback"},
    {"[0:0:0:0:0:ffff:127.0.0.1]", "loopback"},
    {"[FE80::1]", "link-local"},
    {"[::ffff:0:0]", "unspecified"},
    {"[fe80::1%eth0]", no_url},
    {"[fe80::1%25eth0]", no_url},
    {"[::1%lo]", no_url},
    {"[::ffff:127.1]", no_url},
    {"[::ffff:0177.0.0.1]", no_url},
    {"[::ffff:0x7f.0.0.1]", no_url},
    {"[127.0.0.1]", no_url},
    {"[::1", no_url},
    {"::1", no_url},
    {"[::1]]", no_url},
    {"[v1.::1]", no_url},
    {"[]", no_url},
    {"%31%32%37.0.0.1", no_url},
    {"127.0.0.1%00.chat.example", no_url},
    {"127%2e0.0.1", no_url},
    {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", no_url},  // full-width digits
    {"\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1", no_url},  // digits in circles
    {"127\xe3\x80\x82"
     "0.0.1",
     no_url},  // an ideographic full stop
    {"127..0.1", no_url},
    {".127.0.0.1", no_url},
    {"+127.0.0.1", no_url},
    {"-127.0.0.1", neither},
    {"127.0.0.1@chat.example", no_url},
    {"chat.example@127.0.0.1", no_url},
    {"chat.example\\@127.0.0.1", no_url},
    {"127.0.0.1\t", no_url},
    {" 127.0.0.1", no_url},
    {"127.0.0.1#.chat.example", no_url},
};

bool is_address(const std::string& text) {
    unsigned char bytes[16];
    return inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
           inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

class AddressTable : public ::testing::Test {
protected:
    AddressTable() {
        PolicyConfig behind;
        behind.proxy = "http://127.0.0.1:" + std::to_string(proxy_.port());
        straight_ = *make_http_client({}, {}, [this](const std::string&, auto& found) {
            found.emplace_back(resolved_, 0);
            return 0;
        });
        behind_ = *make_http_client(behind, {});
    }
    // Empty, or what is wrong: refused before anybody was asked, and for what it is.
    std::string judged(HttpTransport& http, const std::string& host, const char* says,
                       std::string& outcome) const {
        HttpRequest request;
        request.method = "POST";
        request.url = "https://" + host + ":" + std::to_string(bystander_.port()) + "/token";
        request.headers = {{"Authorization", "Basic canary"}};
        const int before = proxy_.accepts();
        const auto answer = http.send(request, {});
        if (answer) return "an answer came";
        outcome = answer.error().message;
        if (answer.status() != Status::misconfigured) return "another status";
        if (outcome.find(says) == std::string::npos) return std::string("does not say ") + says;
        return proxy_.accepts() == before ? "" : "the proxy was asked";
    }
    // Behind the proxy a public address is asked for by CONNECT, as it was written.
    std::string judged_public(const std::string& host, std::string& outcome) const {
        HttpRequest request;
        request.url = "https://" + host + "/";
        const auto answer = behind_->send(request, {});
        outcome = answer ? "ok" : answer.error().message;
        const auto seen = proxy_.requests();
        if (seen.empty() || seen.back().rfind("CONNECT " + host + ":443 ", 0) != 0)
            return "the proxy was not asked";
        const auto url = Url::parse(request.url);
        return AddressPolicy::from({})->check(*url) ? "" : "refused without a proxy";
    }
    static std::string judged_listed(const std::string& address, const std::string& host) {
        PolicyConfig policy;
        policy.private_networks = {address};
        return AddressPolicy::from(policy)->check(*Url::parse("https://" + host + "/"))
                   ? ""
                   : "refused although it is listed";
    }
    void try_row(OutcomeTable& table, const std::string& host, const Row& row) {
        std::string outcome;
        if (row.says == nullptr) {
            const std::string why = judged_public(host, outcome);
            table.row(host + " is public", outcome, why);
            return;
        }
        for (const bool proxied : {false, true}) {
            const std::string why =
                judged(proxied ? *behind_ : *straight_, host, row.says, outcome);
            table.row(host + (proxied ? ", proxy" : ""), outcome, why);
        }
        if (!is_address(row.host)) return;
        resolved_ = row.host;
        const std::string why = judged(*straight_, "name.example", row.says, outcome);
        table.row(host + ", of a name", outcome, why);
        table.row(host + ", listed", "allowed", judged_listed(row.host, host));
    }

    std::string resolved_;
    // Loopback has a listener at the very port that every row asks for.
    const WireServer bystander_{[](WirePeer& peer) { peer.wait_closed(); }};
    const WireServer proxy_{[](WirePeer& peer) {
        peer.read_request();
        peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    }};
    std::shared_ptr<HttpTransport> straight_, behind_;
};

TEST_F(AddressTable, OfClassesIsHeldTo) {
    OutcomeTable table("address classes");
    for (const Row& row : classes) {
        const std::string text = row.host;
        try_row(table, text.find(':') == std::string::npos ? text : "[" + text + "]", row);
    }
    EXPECT_EQ(bystander_.accepts(), 0);
}

TEST_F(AddressTable, OfSpellingsIsHeldTo) {
    OutcomeTable table("spellings of a host");
    for (const Row& row : spellings) {
        std::string outcome;
        for (const bool proxied : {false, true}) {
            const std::string why =
                judged(proxied ? *behind_ : *straight_, row.host, row.says, outcome);
            table.row(std::string(row.host) + (proxied ? ", proxy" : ""), outcome, why);
        }
    }
    EXPECT_EQ(bystander_.accepts(), 0);
    EXPECT_EQ(proxy_.accepts(), 0);
}

}  // namespace
}  // namespace mcp_auth::host::testing
