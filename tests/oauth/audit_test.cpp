#include <mcp_auth/host/audit.hpp>
#include <mcp_auth/json.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace mcp_auth {
namespace {

using namespace std::chrono_literals;

class AuditFile : public ::testing::Test {
protected:
    AuditFile() {
        std::string pattern = ::testing::TempDir() + "/audit-XXXXXX";
        directory = ::mkdtemp(pattern.data());
        path = directory + "/audit.jsonl";
    }
    ~AuditFile() override { std::filesystem::remove_all(directory); }

    std::vector<std::string> lines() const {
        std::ifstream file(path);
        std::vector<std::string> all;
        for (std::string line; std::getline(file, line);) all.push_back(line);
        return all;
    }
    mode_t mode() const {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 07777;
    }

    std::string directory, path;
};

AuditEvent full_event() {
    AuditEvent event;
    event.kind = AuditEvent::Kind::leg;
    event.at = 1'800'000'000;
    event.acquisition = std::numeric_limits<std::uint64_t>::max();
    event.connection = "chat";
    event.provider = "acme";
    event.user = "tenant7/alice";
    event.leg = "exchange";
    event.peer = "https://idp.example";
    event.event = "asked";
    event.status = Status::interaction_required;
    event.http_status = 400;
    event.duration = 12ms;
    event.correlation = "r-1";
    event.fields = {{"try", "2"}};
    return event;
}

TEST_F(AuditFile, HoldsOneJsonObjectALine) {
    const auto sink = json_lines_audit(path);
    ASSERT_TRUE(sink) << sink.error().message;
    (*sink)->record(full_event());
    (*sink)->record({});
    ASSERT_EQ(lines().size(), 2u);
    EXPECT_EQ(lines()[0],
              R"({"at":1800000000,"kind":"leg","acquisition":18446744073709551615,)"
              R"("connection":"chat","provider":"acme","user":"tenant7/alice","leg":"exchange",)"
              R"("peer":"https://idp.example","event":"asked","status":"interaction_required",)"
              R"("http_status":400,"duration_us":12000,"correlation":"r-1","fields":{"try":"2"}})");
    EXPECT_EQ(lines()[1], R"({"at":0,"kind":"leg","status":"ok"})");
}

TEST_F(AuditFile, SaysOfWhatKindALineIs) {
    const auto sink = json_lines_audit(path);
    ASSERT_TRUE(sink) << sink.error().message;
    using Kind = AuditEvent::Kind;
    for (const auto kind : {Kind::leg, Kind::log, Kind::outcome, Kind::plugin}) {
        AuditEvent event;
        event.kind = kind;
        (*sink)->record(event);
    }
    std::vector<std::string> kinds;
    for (const auto& line : lines()) kinds.emplace_back(json::parse(line)->string("kind"));
    EXPECT_EQ(kinds, (std::vector<std::string>{"leg", "log", "outcome", "plugin"}));
}

TEST_F(AuditFile, IsReadableByItsOwnerAlone) {
    ASSERT_TRUE(json_lines_audit(path));
    EXPECT_EQ(mode(), 0600u);
}

TEST_F(AuditFile, OfAnotherUserIsRefused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    { const std::ofstream made(path); }
    ASSERT_EQ(::chown(path.c_str(), 12345, ::getegid()), 0);
    const auto sink = json_lines_audit(path);
    ASSERT_FALSE(sink);
    EXPECT_EQ(sink.status(), Status::misconfigured);
    EXPECT_NE(sink.error().message.find("belongs to another user, 12345"), std::string::npos);
}

TEST_F(AuditFile, IsAppendedTo) {
    std::ofstream(path) << "{\"before\":true}\n";
    {
        const auto sink = json_lines_audit(path);
        ASSERT_TRUE(sink);
        (*sink)->record({});
    }
    ASSERT_EQ(lines().size(), 2u);
    EXPECT_EQ(lines()[0], R"({"before":true})");
}

TEST_F(AuditFile, HasNoLineThatAValueForged) {
    auto event = full_event();
    event.user = "eve\n{\"kind\":\"outcome\"}\r\x1b[2J";
    event.fields = {{"na\nme", "va\nlue"}};
    const auto sink = json_lines_audit(path);
    (*sink)->record(event);
    ASSERT_EQ(lines().size(), 1u);
    const auto parsed = json::parse(lines()[0]);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->string("user"), event.user);
    EXPECT_EQ(parsed->find("fields")->string("na\nme"), "va\nlue");
}

TEST_F(AuditFile, IsJsonEvenWhenAValueIsNotUtf8) {
    auto event = full_event();
    event.user = "\xff\xfe";
    const auto sink = json_lines_audit(path);
    (*sink)->record(event);
    EXPECT_TRUE(json::parse(lines().at(0)));
}

TEST_F(AuditFile, CutsAValueThatIsTooLong) {
    auto event = full_event();
    event.user = std::string(100'000, 'u');
    event.fields.assign(1000, {"name", std::string(100'000, 'v')});
    const auto sink = json_lines_audit(path);
    (*sink)->record(event);
    EXPECT_LT(lines().at(0).size(), 4096u);
    EXPECT_EQ(json::parse(lines()[0])->string("user"), std::string(512, 'u'));
}

TEST_F(AuditFile, KeepsTheLinesOfThreadsApart) {
    const auto sink = json_lines_audit(path);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i) (*sink)->record(full_event());
        });
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(lines().size(), 400u);
    for (const auto& line : lines()) ASSERT_TRUE(json::parse(line)) << line;
}

void expect_refused(const std::string& path, std::string_view why) {
    const auto sink = json_lines_audit(path);
    ASSERT_FALSE(sink);
    EXPECT_EQ(sink.status(), Status::misconfigured);
    EXPECT_EQ(sink.error().leg, "audit");
    EXPECT_NE(sink.error().message.find(path), std::string::npos);
    EXPECT_NE(sink.error().message.find(why), std::string::npos) << sink.error().message;
}

TEST_F(AuditFile, IsRefusedWhenItIsALink) {
    std::ofstream(directory + "/elsewhere") << "";
    std::filesystem::create_symlink(directory + "/elsewhere", path);
    expect_refused(path, "symbolic link");
}

TEST_F(AuditFile, IsRefusedWhenAnybodyMayWriteToIt) {
    std::ofstream(path) << "";
    ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
    expect_refused(path, "chmod o-w");
}

TEST_F(AuditFile, IsRefusedWhenItIsNoRegularFile) {
    std::filesystem::create_directory(path);
    expect_refused(path, "directory");
}

TEST_F(AuditFile, IsRefusedAtOnceWhenItIsAPipe) {
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    expect_refused(path, "not a regular file");
    ::close(reader);
    expect_refused(path, "cannot be used");  // no reader: opening it must not wait for one
}

TEST_F(AuditFile, IsRefusedWhenItsDirectoryIsMissing) {
    expect_refused(directory + "/missing/audit.jsonl", "No such file");
}

}  // namespace
}  // namespace mcp_auth
