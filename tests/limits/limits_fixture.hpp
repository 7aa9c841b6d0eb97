// A host with two plugins: one that misbehaves as its settings say, loaded through its manifest
// ("bad", and a second provider of it, "worse"), and one that does not, whose users must notice
// nothing ("good").
#pragma once

#include "support/manual_clock.hpp"
#include "support/recording_sink.hpp"
#include "support/scripted_transport.hpp"
#include "support/temporary_directory.hpp"

#include <mcp_auth/host.hpp>

#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace mcp_auth::host::testing {

struct Pipe {
    Pipe() {
        if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    }
    ~Pipe() {
        close(ends[0]);
        close(ends[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void write(char byte) const { (void)!::write(ends[1], &byte, 1); }
    std::string read(std::size_t size) const {  // waits for so much
        std::string text(size, '\0');
        for (std::size_t got = 0; got < size;) {
            const auto some = ::read(ends[0], text.data() + got, size - got);
            if (some <= 0) break;
            got += static_cast<std::size_t>(some);
        }
        return text;
    }
    std::array<int, 2> ends{-1, -1};
};

struct Deed {
    std::string deed, where;
    std::string library = MISBEHAVING;
    bool interactive = false;  // as its manifest says
};

struct LimitsHost {
    explicit LimitsHost(const Deed& deed, unsigned threads = 4);

    Result<AccessToken> token(const std::string& name, const std::string& scope = {},
                              const std::string& user = {}, bool interaction = false) const {
        const auto connection = host->connection("https://" + name + ".example/mcp");
        if (!connection) return connection.error();
        Wait wait;
        wait.scope = scope;
        wait.interaction = interaction;
        if (!user.empty()) wait.user = host->user(user, {});
        return connection->token(wait);
    }
    Result<Assertion> assertion(const Wait& wait = {}) const {
        const auto connection = host->connection("https://bad.example/mcp");
        if (!connection) return connection.error();
        return connection->assertion({"https://auth.example", "https://bad.example/mcp", {}, {}},
                                     wait);
    }
    // What a caller of the function that misbehaves gets.
    Result<std::string> ask(const std::string& where) const {
        if (where == "assertion") {
            auto given = assertion();
            if (!given) return given.error();
            return given->scope;
        }
        auto given = where == "peer" ? token("good", "peer") : token("bad");
        if (!given) return given.error();
        return std::string(given->scope());
    }

    Pipe go, told;  // to the plugin, from it
    TemporaryDirectory directory;
    std::shared_ptr<ScriptedTransport> http = std::make_shared<ScriptedTransport>();
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::shared_ptr<RecordingSink> audit = std::make_shared<RecordingSink>();
    std::optional<Host> host;
};

}  // namespace mcp_auth::host::testing
