// An attacker swaps files while they are checked and loaded, as fast as it can. Every outcome is
// the good library or a refusal: no code of the other one ever runs, for its constructor leaves a
// mark in this process.
#include "loading_files.hpp"
#include "signing_files.hpp"

#include "plugin_trust.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <thread>

namespace mcp_auth::host::testing {
namespace {

// As many loads at least, and more until there were both outcomes; but no more than the second
// number.
constexpr int enough = 100, most = 5'000;

// Does one turn after another until it goes out of scope.
class Attacker {
public:
    explicit Attacker(std::function<void()> turn)
        : thread_([this, turn = std::move(turn)] {
              while (!done_) {
                  turn();
                  ++turns_;
              }
          }) {}
    ~Attacker() {
        done_ = true;
        thread_.join();
    }
    Attacker(const Attacker&) = delete;
    Attacker& operator=(const Attacker&) = delete;

    // Until it had another turn, so that there is one between a check and what follows it however
    // busy the machine is.
    void await_turn() const {
        for (const int before = turns_; turns_ == before;) std::this_thread::yield();
    }

private:
    std::atomic<bool> done_{false};
    std::atomic<int> turns_{0};
    std::thread thread_;
};

class Swap : public ::testing::Test {
protected:
    Swap() {
        ::unsetenv(mark);
        good = mcp_auth::testing::file_contents(fixture("valid"));
        evil = mcp_auth::testing::file_contents(fixture("runs_code"));
        manifest = manifest_of(directory / "plugin.so");
    }
    ~Swap() override { ::unsetenv(mark); }

    void exchange(const std::string& one, const std::string& other) const {
        ::renameat2(AT_FDCWD, (directory / one).c_str(), AT_FDCWD, (directory / other).c_str(),
                    RENAME_EXCHANGE);
    }
    PluginTrust allowlist_of(const std::string& library) const {
        TrustConfig config;
        config.policy = PluginPolicy::allowlist;
        config.allowlist = directory.write(
            "list.json", R"({"version": 1, "plugins": [{"id": "fixture", "sha256": ")" +
                             sha256_of_file(directory / library) + "\"}]}");
        return PluginTrust::open(config, "/nonexistent");
    }
    // Opens, judges and maps, with turns of the attacker in between.
    static Result<LoadedPlugin> load(const Manifest& manifest, const PluginTrust& trust,
                                     const Attacker& attacker) {
        auto library = open_library(manifest, trust.sealed());
        if (!library) return library.error();
        attacker.await_turn();
        const auto rule = trust.admit(manifest, library->sha256);
        if (!rule) return rule.error();
        attacker.await_turn();
        return map_library(std::move(*library), manifest);
    }
    // Again and again, while the attacker is at it; ends where code of the other one ran.
    static void load_under(std::function<void()> turn,
                           const std::function<Result<LoadedPlugin>(const Attacker&)>& load) {
        const Attacker attacker(std::move(turn));
        int loaded = 0, refused = 0;
        for (int i = 0; i < most && ::getenv(mark) == nullptr; ++i) {
            if (i >= enough && loaded > 0 && refused > 0) break;
            const auto plugin = load(attacker);
            ++(plugin ? loaded : refused);
            EXPECT_TRUE(plugin || plugin.status() == Status::misconfigured);
        }
        EXPECT_EQ(::getenv(mark), nullptr) << "code of the attacker's library ran";
        EXPECT_GT(loaded, 0);
        EXPECT_GT(refused, 0);
    }
    // The same, of a manifest that stays what it is, save that its path is spelt anew each time: to
    // the dynamic linker a name that it has seen is the library that it has.
    void load_under(std::function<void()> turn, const PluginTrust& trust = {}) const {
        Manifest spelt = manifest;
        const auto name = manifest.library.rfind('/') + 1;
        load_under(std::move(turn), [&](const Attacker& attacker) {
            spelt.library.insert(name, spelt.library.size() < 2'000 ? "./" : "");
            return load(spelt, trust, attacker);
        });
    }

    TemporaryDirectory directory;
    std::string good, evil;
    Manifest manifest;
};

TEST_F(Swap, OfTheFileCannotPassTheHash) {
    directory.write("plugin.so", good);
    directory.write("evil.so", evil);
    manifest.sha256 = sha256_of_file(directory / "plugin.so");
    load_under([&] { exchange("plugin.so", "evil.so"); });
}

TEST_F(Swap, OfTheFileCannotPassOwnerAndMode) {
    directory.write("plugin.so", good);
    directory.write("evil.so", evil, 0666);
    load_under([&] { exchange("plugin.so", "evil.so"); });
}

TEST_F(Swap, OfALinkToADirectoryCannotPassOwnerAndMode) {
    directory.write("good/plugin.so", good);
    directory.write("evil/plugin.so", evil);
    ::chmod((directory / "evil").c_str(), 0777);
    ::symlink("good", (directory / "here").c_str());
    ::symlink("evil", (directory / "there").c_str());
    manifest.library = directory / "here/plugin.so";
    load_under([&] { exchange("here", "there"); });
}

TEST_F(Swap, OfADirectoryCannotPassOwnerAndMode) {
    directory.write("here/plugin.so", good);
    directory.write("there/plugin.so", evil);
    ::chmod((directory / "there").c_str(), 0777);
    manifest.library = directory / "here/plugin.so";
    load_under([&] { exchange("here", "there"); });
}

// Who may write to the file itself, as its owner may, cannot be told from it by owner and mode.
TEST_F(Swap, OfTheBytesCannotPassWhatIsSealed) {
    good.resize(std::max(good.size(), evil.size()));  // what is behind the end is not looked at
    evil.resize(good.size());
    directory.write("plugin.so", good);
    const auto trust = allowlist_of("plugin.so");
    const FileDescriptor file(::open((directory / "plugin.so").c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(file);
    bool is_good = true;
    load_under(
        [&] {
            const std::string& bytes = is_good ? evil : good;
            EXPECT_EQ(::pwrite(file.get(), bytes.data(), bytes.size(), 0),
                      static_cast<ssize_t>(bytes.size()));
            is_good = !is_good;
        },
        trust);
}

// Manifest, library and signature, of which any mixture may be found.
class SwapOfTheWhole : public Swap {
protected:
    void load_whole_under(std::function<void()> turn, const PluginTrust& trust) const {
        load_under(std::move(turn), [&](const Attacker& attacker) -> Result<LoadedPlugin> {
            const auto read = read_manifest(directory / "plugin.json");
            if (!read) return read.error();
            attacker.await_turn();
            return load(*read, trust, attacker);
        });
    }
};

TEST_F(SwapOfTheWhole, CannotPassAnAllowlist) {
    directory.write("plugin.so", good);
    directory.write("evil.so", evil);
    directory.write("plugin.json", manifest_text("./plugin.so"));
    directory.write("evil.json", manifest_text("./evil.so"));
    load_whole_under(
        [&] {
            exchange("plugin.json", "evil.json");
            exchange("plugin.so", "evil.so");
        },
        allowlist_of("plugin.so"));
}

TEST_F(SwapOfTheWhole, CannotPassASignature) {
    const OwnedKey key = new_key(), other = new_key();
    const auto install = [&](const std::string& name, const std::string& library, EVP_PKEY* by) {
        directory.write(name + ".so", library);
        const auto file = directory.write(name + ".json", manifest_text("./" + name + ".so"));
        directory.write(name + ".json.sig", signature_of(file, by));
    };
    install("plugin", good, key.get());
    install("evil", evil, other.get());
    directory.write("keys/good.pem", public_pem(key.get()));
    TrustConfig config;
    config.policy = PluginPolicy::signature;
    config.keys = directory / "keys";
    load_whole_under(
        [&] {
            exchange("plugin.json", "evil.json");
            exchange("plugin.so", "evil.so");
            exchange("plugin.json.sig", "evil.json.sig");
        },
        PluginTrust::open(config, "/nonexistent"));
}

}  // namespace
}  // namespace mcp_auth::host::testing
