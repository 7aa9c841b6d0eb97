// load [SECONDS [SEED]] - 1, 8, 64 and 512 callers over 10,000 keys, with a fault in every tenth
// answer of the enterprise, which is another process, over loopback sockets. Checks that nobody is
// handed anything wrong, that no call is lost or late, and that nothing grows. Exits 1 if it does.
#include "callers.hpp"
#include "verdict.hpp"
#include "wire.hpp"

#include <mcp_auth/json.hpp>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth::load {
namespace {

using json::Value;

Value client(const char* id, const char* secret) {
    Value out;
    return out.set("id", id)
        .set("method", "client_secret_basic")
        .set("secret", Value::object().set("env", secret));
}

Result<Host> open(const std::string& base) {
    setenv("LOAD_IDP_SECRET", "idp-secret", 1);
    setenv("LOAD_MCP_SECRET", "mcp-secret", 1);
    Value provider, connections = Value::array(), config;
    provider.set("plugin", "cross-app-access")
        .set("clients",
             Value::object().set(
                 "idp", client(idp_client, "LOAD_IDP_SECRET").set("issuer", base + "/idp")))
        .set("subject", Value::object().set("type", "id_token").set("from", "application"));
    for (std::size_t i = 0; i < resource_count; ++i) {
        Value connection;
        connection.set("name", fmt::format("r{}", i)).set("server", fmt::format("{}/r{}", base, i));
        connection.set("provider", "acme").set("scopes", Value::array().push("s0"));
        connection.set("issuer", fmt::format("{}/as{}", base, i % issuer_count));
        connection.set("clients",
                       Value::object().set("mcp", client(mcp_client, "LOAD_MCP_SECRET")));
        connection.set("time_limits", Value::object().set("request", 1).set("acquisition", 2));
        connections.push(std::move(connection));
    }
    config.set("version", 1)
        .set("providers", Value::object().set("acme", std::move(provider)))
        .set("connections", std::move(connections))
        .set("policy", Value::object().set("allow_http_loopback", true));
    Options options;
    options.config_json = config.dump();
    options.default_plugin_directory = MCP_AUTH_PLUGINS;
    return Host::open(std::move(options));
}

struct Row {
    std::string callers;
    Tally tally;
    std::vector<Held> samples;
};

class Load {
public:
    Load(int seconds, unsigned seed) : seconds_(seconds), enterprise_(seed), seed_(seed) {}

    int run() {
        // The first thread and the first host bring what stays for the process's life: a
        // sanitizer's own thread, the plugin's library.
        std::thread([] {}).join();
        if (const auto first = open(enterprise_.base()); first)
            (void)first->connection(enterprise_.base() + "/r0");
        const auto before = Held::now();
        {
            auto host = open(enterprise_.base());
            if (!host) return complain("no host: " + host.error().message), 1;
            callers_ =
                std::make_unique<Callers>(*host, enterprise_.base(), enterprise_.ledger(), seed_);
            fmt::print("seed {}; {} keys: {} users, {} MCP servers, {} scopes\n\n", seed_,
                       key_count, user_count, resource_count, scope_count);
            fmt::print(
                "{:>9}  {:>8}  {:>8}  {:>7}  {:>9}  {:>5}  {:>4}  {:>9}  {:>13}  {:>13}  "
                "{:>9}  {:>11}\n",
                "callers", "calls", "tokens", "faults", "failures", "wrong", "lost", "latest ms",
                "resident MB", "heap MB", "threads", "descriptors");
            const std::size_t keys = whole() ? key_count : 250;
            row("warm-up", 64, [&](Row& row) { callers_->warm_up(keys, row.tally); });
            for (const unsigned count : {1U, 8U, 64U, 512U})
                row(std::to_string(count), count,
                    [&, count](Row& row) { callers_->block(count, row.tally, watch(row)); });
            row("512 async", 512,
                [&](Row& row) { callers_->complete(512, row.tally, watch(row)); });
            host->close();
            callers_.reset();
        }
        report(before);
        return wrong_ == 0 ? 0 : 1;
    }

private:
    bool whole() const { return seconds_ >= 100; }

    // Takes samples until the row's share of the time is over.
    std::function<bool()> watch(Row& row) const {
        const auto until = Clock::now() + std::chrono::milliseconds(seconds_ * 1000 / 5);
        return [&row, until] {
            row.samples.push_back(Held::now());
            return Clock::now() >= until;
        };
    }

    template <class Work>
    void row(std::string name, std::uint64_t callers, Work work) {
        const auto answered_before = enterprise_.ledger().answered();
        auto& row = *rows_.emplace_back(std::make_unique<Row>());
        row.callers = std::move(name);
        row.samples.push_back(Held::now());
        work(row);
        row.samples.push_back(Held::now());
        const auto answered = enterprise_.ledger().answered();
        const auto n = row.samples.size();
        const auto early = Held::most(row.samples, n / 4, n / 2 + 1);
        const auto late = Held::most(row.samples, n * 3 / 4, n);
        const auto& tally = row.tally;
        const auto lost = load::lost(tally.begun, tally.ended);
        wrong_ += tally.wrong + lost;
        fmt::print(
            "{:>9}  {:>8}  {:>8}  {:>7}  {:>9}  {:>5}  {:>4}  {:>9.1f}  {:>5.1f} > {:>5.1f}"
            "  {:>5.1f} > {:>5.1f}  {:>3} > {:>3}  {:>4} > {:>4}\n",
            row.callers, tally.begun.load(), tally.tokens.load(),
            sum(answered).since(sum(answered_before)).faults(), tally.expected_failures(),
            tally.wrong.load(), lost, static_cast<double>(tally.latest.load()) / 1e6,
            early.resident_mb, late.resident_mb, early.heap_mb, late.heap_mb, early.threads,
            late.threads, early.descriptors, late.descriptors);
        std::fflush(stdout);
        constexpr auto resource = static_cast<std::size_t>(Leg::resource);
        for (const auto& what :
             wrong_with_unserved(counted(tally.unserved),
                                 answered[resource].since(answered_before[resource]), callers))
            complain(what);
        if (row.callers == "warm-up") return;
        for (const auto& what : wrong_with_growth(early, late, whole())) complain(what);
    }

    static std::string by_kind(const CountByFault& counts) {
        std::string kinds;
        for (std::size_t i = 0; i < fault_count; ++i)
            if (counts[i] != 0)
                kinds +=
                    fmt::format("{}{} {}", kinds.empty() ? "" : ", ", fault_names[i], counts[i]);
        return kinds;
    }

    void complain(const std::string& what) {
        ++wrong_;
        std::fprintf(stderr, "load: %s\n", what.c_str());
    }

    void report(const Held& before) {
        const auto after = Held::now();
        for (const auto& what : wrong_with_rest(before, after)) complain(what);
        const auto& ledger = enterprise_.ledger();
        const auto legs = ledger.answered();
        for (const auto& what : wrong_with_faults(legs)) complain(what);
        const auto all = sum(legs);
        fmt::print("\nanswers {}, faults {}: {}\n", all.answers, all.faults(),
                   by_kind(all.by_fault));
        if (ledger.misused != 0) {
            wrong_ += ledger.misused;
            fmt::print("requests that no right host sends: {}\n", ledger.misused.load());
        }
        std::array<std::uint64_t, 11> failures{};
        CountByFault unserved{};
        std::uint64_t sign_outs = 0;
        for (const auto& row : rows_) {
            for (std::size_t i = 0; i < failures.size(); ++i) failures[i] += row->tally.failures[i];
            sign_outs += row->tally.sign_outs;
            for (std::size_t i = 0; i < fault_count; ++i) unserved[i] += row->tally.unserved[i];
        }
        std::string ends;
        for (std::size_t i = 0; i < failures.size(); ++i)
            if (failures[i] != 0)
                ends += fmt::format("{}{} {}", ends.empty() ? "" : ", ",
                                    to_string(static_cast<Status>(i)), failures[i]);
        fmt::print("failures, each with its fault: {}\n", ends);
        fmt::print("at the MCP servers themselves, faults: {}\n",
                   by_kind(legs[static_cast<std::size_t>(Leg::resource)].by_fault));
        fmt::print("at the MCP servers themselves, failures: {}\n", by_kind(unserved));
        fmt::print("sign-outs {}\n", sign_outs);
        fmt::print(
            "before the host was opened > after it was destroyed: resident {:.1f} > {:.1f} "
            "MB, heap {:.1f} > {:.1f} MB, threads {} > {}, descriptors {} > {}\n",
            before.resident_mb, after.resident_mb, before.heap_mb, after.heap_mb, before.threads,
            after.threads, before.descriptors, after.descriptors);
        fmt::print("wrong: {}\n", wrong_);
    }

    const int seconds_;
    EnterpriseProcess enterprise_;
    const unsigned seed_;
    std::unique_ptr<Callers> callers_;
    std::vector<std::unique_ptr<Row>> rows_;
    std::uint64_t wrong_ = 0;
};

}  // namespace
}  // namespace mcp_auth::load

int main(int argc, char** argv) {
    const int seconds = argc > 1 ? std::atoi(argv[1]) : 150;
    const auto seed = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : std::random_device{}();
    if (seconds <= 0) {
        std::fputs("usage: load [SECONDS [SEED]]\n", stderr);
        return 2;
    }
    return mcp_auth::load::Load(seconds, seed).run();
}
