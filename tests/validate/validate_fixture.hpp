// Plugins validated in this process, which starts one for each test.
#pragma once

#include "validation.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/temporary_directory.hpp"

namespace mcp_auth::testing {

class Validation : public ::testing::Test {
protected:
    // Of a fixture; `more` are further members of it.
    std::string manifest(const std::string& fault, const std::string& more = {}) const {
        return manifest_of(std::string(FIXTURES) + "/" + fault + ".so", more);
    }
    std::string manifest_of(const std::string& library, const std::string& more = {}) const {
        std::string path = directory.path() + "/manifest.json";
        std::ofstream(path) << R"({"manifest_version":1,"id":"broken","version":"1.0.0",)"
                            << R"("abi":{"major":1,"min_minor":0},"roles":["mcp.auth.token/1"],)"
                            << R"("library":{"path":")" << library << R"("})" << more << "}";
        return path;
    }
    std::string write(const std::string& name, const std::string& text) const {
        std::string path = directory.path() + "/" + name;
        std::ofstream(path) << text;
        return path;
    }

    static std::vector<validate::TestResult> run(const std::string& manifest,
                                                 std::vector<std::string> filters = {},
                                                 const std::string& settings = {},
                                                 const std::string& answers = {}) {
        auto specimen = validate::read_specimen(manifest, settings, answers, 7);
        EXPECT_TRUE(specimen) << specimen.error().message;
        if (!specimen) return {};
        validate::Plan plan;
        plan.filters = std::move(filters);
        plan.jobs = std::thread::hardware_concurrency();
        plan.limit = std::chrono::seconds(30);
        return validate::validate(**specimen, plan, {}, {});
    }

    // What did not pass, by name, without what only needed it.
    using Faults = std::map<std::string, std::string>;
    static Faults faults_in(const std::vector<validate::TestResult>& results) {
        Faults faults;
        for (const validate::TestResult& result : results)
            if (result.verdict.outcome == validate::Outcome::failed ||
                result.verdict.outcome == validate::Outcome::untried)
                faults.emplace(result.test->name, result.verdict.reason);
        return faults;
    }

    host::testing::TemporaryDirectory directory;
};

}  // namespace mcp_auth::testing
