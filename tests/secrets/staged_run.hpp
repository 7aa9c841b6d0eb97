// An enterprise in this process and a host in another one, which does what it is told and stands
// still in between.
//
//     StagedRun run(options);
//     run.expect_ok("open");
//     run.expect_ok("token");
//     run.expect_ok("close");
//     EXPECT_EQ(run.left_in_memory(), "");
#pragma once

#include "../cli/subprocess.hpp"
#include "canaries.hpp"
#include "support/temporary_directory.hpp"

#include <mcp_auth/demo/enterprise.hpp>
#include <mcp_auth/json.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace mcp_auth::secrets {

class StagedRun {
public:
    // `change`: of the configuration that the host reads.
    using Change = std::function<void(json::Value& configuration, demo::Enterprise& enterprise)>;
    explicit StagedRun(demo::Options options = {}, const Change& change = {});
    ~StagedRun();
    StagedRun(const StagedRun&) = delete;
    StagedRun& operator=(const StagedRun&) = delete;

    demo::Enterprise& enterprise() { return *enterprise_; }

    // Its answer: "ok", or a status and a message. Where a page is to be opened, alice signs in.
    std::string tell(const std::string& command);
    void expect_ok(const std::string& command);

    // What of the canaries is in the host's memory now, but for those of these names. Empty:
    // nothing. Where the platform does not allow to look, says so and skips the test.
    std::string left_in_memory(const std::set<std::string>& held = {});
    // The same, but of these alone.
    std::string left_of(const std::vector<Canary>& wanted, const std::vector<Canary>& held = {});
    // Every access token that was given out so far.
    std::vector<Canary> access_tokens() const;
    std::size_t bytes_searched() const { return bytes_searched_; }
    std::size_t canaries() const { return canaries_of(*enterprise_).size(); }

    // Ends the host. What it wrote to stdout, stderr, its audit file and its arguments hold no
    // canary, save those of `open URL`; what holds one may be read by its owner alone.
    void expect_clean_outputs();

    const std::string& directory() const { return directory_.path(); }

private:
    void person_signs_in(const std::string& url);

    host::testing::TemporaryDirectory directory_;
    std::unique_ptr<demo::Enterprise> enterprise_;
    std::unique_ptr<testing::Subprocess> host_;
    int to_host_ = -1;
    std::size_t bytes_searched_ = 0;
};

}  // namespace mcp_auth::secrets
