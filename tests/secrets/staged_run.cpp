#include "staged_run.hpp"

#include "process_memory.hpp"
#include "support/file_contents.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/URI.h>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace mcp_auth::secrets {
namespace {

// With a form: posts it. The Location that the answer leads to.
std::string visit(const std::string& url, const std::string& authority, const std::string& form) {
    const Poco::URI uri(url);
    std::unique_ptr<Poco::Net::HTTPClientSession> session;
    if (uri.getScheme() == "https")
        session = std::make_unique<Poco::Net::HTTPSClientSession>(
            uri.getHost(), uri.getPort(),
            new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, authority,
                                   Poco::Net::Context::VERIFY_STRICT));
    else
        session = std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort());
    Poco::Net::HTTPRequest request(form.empty() ? "GET" : "POST", uri.getPathAndQuery(),
                                   "HTTP/1.1");
    if (!form.empty()) {
        request.setContentType("application/x-www-form-urlencoded");
        request.setContentLength(static_cast<std::streamsize>(form.size()));
    }
    session->sendRequest(request) << form;
    Poco::Net::HTTPResponse response;
    auto& body = session->receiveResponse(response);
    const std::string page(std::istreambuf_iterator<char>(body), {});
    return response.get("Location", "");
}

// The person's browser has to be given state and nonce; nobody else is.
std::string without_opened_pages(const std::string& out) {
    std::istringstream lines(out);
    std::string kept;
    for (std::string line; std::getline(lines, line);)
        if (line.rfind("open ", 0) != 0) kept += line + "\n";
    return kept;
}

}  // namespace

StagedRun::StagedRun(demo::Options options, const Change& change) {
    options.record = true;
    auto started = demo::Enterprise::start(std::move(options));
    if (!started) {
        ADD_FAILURE() << started.error().message;
        return;
    }
    enterprise_ = *std::move(started);
    EXPECT_TRUE(enterprise_->sign_in());
    auto configuration = *json::parse(enterprise_->configuration());
    if (change) change(configuration, *enterprise_);
    const auto config = enterprise_->write_configuration({}, configuration.dump(2));
    EXPECT_TRUE(config);

    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    // Else the first call of each function saves the vector registers to the stack, and what was
    // copied last is in them (host_stub/README.md, "What wiping can do").
    std::vector<std::string> environment{"HOME=/nonexistent", "LD_BIND_NOW=1"};
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const char* value = std::getenv(name))
            environment.push_back(std::string(name) + "=" + value);
    host_ = std::make_unique<testing::Subprocess>(
        testing::Subprocess::Start{},
        std::vector<std::string>{MCP_AUTH_STAGED_HOST, *config, enterprise_->mcp_url(),
                                 directory_.path()},
        environment, -1, ends[0]);
    ::close(ends[0]);
    to_host_ = ends[1];
}

StagedRun::~StagedRun() {
    if (to_host_ >= 0) ::close(to_host_);
}

void StagedRun::person_signs_in(const std::string& url) {
    const auto authority = enterprise_->ca_file();
    std::string form = "user=alice&password=demo&do=sign-in";
    if (const auto code = url.find("user_code="); code != std::string::npos)
        form += "&" + url.substr(code);
    auto back = visit(url, authority, "");
    if (back.empty()) back = visit(url, authority, form);
    if (!back.empty()) visit(back, authority, "");
}

std::string StagedRun::tell(const std::string& command) {
    const std::string line = command + "\n";
    if (::write(to_host_, line.data(), line.size()) < 0) return "gone";
    for (;;) {
        const auto answer = host_->next_line();
        if (answer.rfind("done ", 0) == 0) return answer.substr(5);
        if (answer.rfind("open ", 0) != 0) return "gone: " + answer;
        person_signs_in(answer.substr(5));
    }
}

void StagedRun::expect_ok(const std::string& command) {
    EXPECT_EQ(tell(command), "ok") << command;
}

std::string StagedRun::left_in_memory(const std::set<std::string>& held) {
    std::vector<Canary> wanted, expected;
    for (auto& canary : canaries_of(*enterprise_))
        (held.count(canary.name) == 0 ? wanted : expected).push_back(std::move(canary));
    return left_of(wanted, expected);
}

std::vector<Canary> StagedRun::access_tokens() const {
    auto all = canaries_of(*enterprise_);
    std::erase_if(all, [](const Canary& canary) { return canary.name != "an access token"; });
    return all;
}

std::string StagedRun::left_of(const std::vector<Canary>& wanted, const std::vector<Canary>& held) {
    EXPECT_FALSE(wanted.empty());
    const auto looked = search_memory(host_->pid(), CanarySearch(wanted, held));
    if (!looked.refused.empty()) {
        std::printf("nothing was looked at: %s\n", looked.refused.c_str());
        return "";
    }
    bytes_searched_ = looked.bytes;
    return describe(looked.findings);
}

void StagedRun::expect_clean_outputs() {
    ::close(std::exchange(to_host_, -1));
    host_->finish();
    EXPECT_EQ(host_->exit_code(), 0) << host_->err();
    const CanarySearch search(canaries_of(*enterprise_));
    Findings findings;
    search.in(without_opened_pages(host_->out()), "stdout: ", findings);
    search.in(host_->err(), "stderr: ", findings);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
        if (!entry.is_regular_file()) continue;
        struct stat status {};
        ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
        const bool session = entry.path().parent_path().filename() == "sessions";
        if (!session)
            search.in(mcp_auth::testing::file_contents(entry.path()),
                      entry.path().filename().string() + ": ", findings);
    }
    EXPECT_EQ(describe(findings), "");
}

}  // namespace mcp_auth::secrets
