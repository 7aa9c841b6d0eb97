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

// As many loads as it takes for the attacker to have had as many turns, and both outcomes; but no
// more than the second number, on a machine that is busy with other things.
constexpr int enough = 200, most = 200'000;

// Does one turn after another until it goes out of scope.
class Attacker {
public:
    explicit Attacker(std::function<void()> turn)
        : thread_([this, turn = std::move(turn)] {
              while (!done_) {
                  turn();
                  ++turns_;
              }
          }) {
        while (turns_ == 0) std::this_thread::yield();
    }
    ~Attacker() {
        done_ = true;
        thread_.join();
    }
    Attacker(const Attacker&) = delete;
    Attacker& operator=(const Attacker&) = delete;
    int turns() const { return turns_; }

private:
    std::atomic<bool> done_{false};
    std::atomic<int> turns_{0};
    std::thread thread_;
};

class Swap : public ::testing::Test {
protected:
    Swap() {
        ::unsetenv(mark);
        good = bytes_of(fixture("valid"));
        evil = bytes_of(fixture("runs_code"));
        manifest = manifest_of(directory / "plugin.so");
    }
    ~Swap() override { ::unsetenv(mark); }

    void exchange(const std::string& one, const std::string& other) const {
        ::renameat2(AT_FDCWD, (directory / one).c_str(), AT_FDCWD, (directory / other).c_str(),
                    RENAME_EXCHANGE);
    }
    // Loads again and again, while the attacker is at it; ends early where code of the other ran.
    void load_under(std::function<void()> turn, const std::function<Result<LoadedPlugin>()>& load) {
        const Attacker attacker(std::move(turn));
        const int before = attacker.turns();
        int loaded = 0, refused = 0;
        for (int i = 0; i < most && ::getenv(mark) == nullptr; ++i) {
            if (i >= enough && attacker.turns() - before >= enough && loaded > 0 && refused > 0)
                break;
            const auto plugin = load();
            ++(plugin ? loaded : refused);
            EXPECT_TRUE(plugin || plugin.status() == Status::misconfigured);
        }
        EXPECT_EQ(::getenv(mark), nullptr) << "code of the attacker's library ran";
        EXPECT_GT(loaded, 0);
        EXPECT_GT(refused, 0);
    }

    TemporaryDirectory directory;
    std::string good, evil;
    Manifest manifest;
};

TEST_F(Swap, OfTheFileCannotPassTheHash) {
    directory.write("plugin.so", good);
    directory.write("evil.so", evil);
    manifest.sha256 = sha256_of_file(directory / "plugin.so");
    load_under([&] { exchange("plugin.so", "evil.so"); }, [&] { return load_plugin(manifest); });
}

TEST_F(Swap, OfTheFileCannotPassOwnerAndMode) {
    directory.write("plugin.so", good);
    directory.write("evil.so", evil, 0666);
    load_under([&] { exchange("plugin.so", "evil.so"); }, [&] { return load_plugin(manifest); });
}

TEST_F(Swap, OfALinkToADirectoryCannotPassOwnerAndMode) {
    directory.write("good/plugin.so", good);
    directory.write("evil/plugin.so", evil);
    ::chmod((directory / "evil").c_str(), 0777);
    ::symlink("good", (directory / "here").c_str());
    ::symlink("evil", (directory / "there").c_str());
    manifest.library = directory / "here/plugin.so";
    load_under([&] { exchange("here", "there"); }, [&] { return load_plugin(manifest); });
}

TEST_F(Swap, OfADirectoryCannotPassOwnerAndMode) {
    directory.write("here/plugin.so", good);
    directory.write("there/plugin.so", evil);
    ::chmod((directory / "there").c_str(), 0777);
    manifest.library = directory / "here/plugin.so";
    load_under([&] { exchange("here", "there"); }, [&] { return load_plugin(manifest); });
}

// Who may write to the file itself, as its owner may, cannot be told from it by owner and mode.
TEST_F(Swap, OfTheBytesCannotPassWhatIsSealed) {
    good.resize(std::max(good.size(), evil.size()));  // what is behind the end is not looked at
    evil.resize(good.size());
    directory.write("plugin.so", good);
    manifest.sha256 = sha256_of_file(directory / "plugin.so");
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
        [&] { return load_sealed(manifest); });
}

// Manifest, library and signature, of which any mixture may be found.
class SwapOfTheWhole : public Swap {
protected:
    Result<LoadedPlugin> load(const PluginTrust& trust) const {
        const auto read = read_manifest(directory / "plugin.json");
        if (!read) return read.error();
        auto library = open_library(*read, trust.sealed());
        if (!library) return library.error();
        const auto rule = trust.admit(*read, library->sha256);
        if (!rule) return rule.error();
        return map_library(std::move(*library), *read);
    }
    TrustConfig config;
    const std::string none = "/nonexistent";
};

TEST_F(SwapOfTheWhole, CannotPassAnAllowlist) {
    directory.write("plugin.so", good);
    directory.write("evil.so", evil);
    directory.write("plugin.json", manifest_text("./plugin.so"));
    directory.write("evil.json", manifest_text("./evil.so"));
    config.policy = PluginPolicy::allowlist;
    config.allowlist =
        directory.write("list.json", R"({"version": 1, "plugins": [{"id": "fixture", "sha256": ")" +
                                         sha256_of_file(directory / "plugin.so") + "\"}]}");
    const auto trust = PluginTrust::open(config, none);
    load_under(
        [&] {
            exchange("plugin.json", "evil.json");
            exchange("plugin.so", "evil.so");
        },
        [&] { return load(trust); });
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
    config.policy = PluginPolicy::signature;
    config.keys = directory / "keys";
    const auto trust = PluginTrust::open(config, none);
    load_under(
        [&] {
            exchange("plugin.json", "evil.json");
            exchange("plugin.so", "evil.so");
            exchange("plugin.json.sig", "evil.json.sig");
        },
        [&] { return load(trust); });
}

}  // namespace
}  // namespace mcp_auth::host::testing
