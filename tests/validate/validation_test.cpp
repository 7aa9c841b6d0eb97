// What the suite itself promises: names, filters, needs, the command's output and exit codes.
#include "build_kind.hpp"
#include "validate_fixture.hpp"

#include <mcp_auth/json.hpp>

#include <set>

#include "cli/subprocess.hpp"

namespace mcp_auth::testing {
namespace {

using validate::Outcome;

class ValidateCommand : public Validation {
protected:
    // Of a build with sanitizers nothing but these tests is asked, to save time.
    Subprocess command(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {MCP_AUTH_COMMAND, "validate"});
        return Subprocess(std::move(arguments), {"HOME=" + directory.path()});
    }
};

TEST_F(Validation, NamesAreUniqueAndATestComesAfterWhatItNeeds) {
    std::set<std::string_view> seen;
    for (const validate::Test& test : validate::all_tests()) {
        EXPECT_TRUE(seen.insert(test.name).second) << test.name;
        EXPECT_FALSE(test.obligations.empty() || test.sentence.empty()) << test.name;
        for (const std::string_view needed : test.needs) EXPECT_TRUE(seen.count(needed)) << needed;
    }
}

TEST_F(Validation, ALibraryThatIsNotTheManifestsIsRefusedBeforeItsCodeRuns) {
    const std::string library = std::string(FIXTURES) + "/none.so";
    const std::string path =
        write("m.json", R"({"manifest_version":1,"id":"broken","version":"1.0.0",
          "abi":{"major":1,"min_minor":0},"roles":["mcp.auth.token/1"],"library":{"path":")" +
                            library + R"(","sha256":")" + std::string(64, '0') + R"("}})");
    const auto results = run(path, {"library-is-trusted", "loads-*", "acquires"});
    ASSERT_FALSE(results.empty());
    for (const auto& result : results) {
        if (result.test->name == "library-is-trusted") {
            EXPECT_EQ(result.verdict.outcome, Outcome::failed);
            EXPECT_NE(result.verdict.reason.find("SHA-256"), std::string::npos);
        } else {
            EXPECT_EQ(result.verdict.outcome, Outcome::skipped) << result.test->name;
        }
    }
}

TEST_F(Validation, WhatATestNeedsIsRunForItAndNotReported) {
    const auto results = run(manifest("none"), {"concurrent-*"});
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results.front().test->name, "concurrent-calls");
    EXPECT_TRUE(results.front().verdict) << results.front().verdict.reason;
}

TEST_F(Validation, WhatIsNeededAndDoesNotPassIsReportedAllTheSame) {
    const auto results = run(manifest("never_works"), {"concurrent-*"});
    ASSERT_EQ(results.size(), 2u);
    EXPECT_EQ(results.front().test->name, "acquires");
    EXPECT_EQ(results.front().verdict.outcome, Outcome::untried);
    EXPECT_EQ(results.back().verdict.outcome, Outcome::skipped);
    EXPECT_EQ(validate::status_of(results), Status::misconfigured);
}

TEST_F(Validation, SettingsThatTheSchemaRefusesAreTheVendorsMistake) {
    write("schema.json", R"({"type":"object","additionalProperties":false})");
    const std::string path = manifest("none", R"(,"settings_schema":"schema.json")");
    const auto specimen = validate::read_specimen(path, write("s.json", R"({"unknown":1})"), {}, 1);
    EXPECT_EQ(specimen.status(), Status::misconfigured);
}

TEST_F(Validation, TheFirstExampleOfTheSchemaIsWhatAPluginGets) {
    write("schema.json", R"({"type":"object","examples":[{"tenant":"t7"}]})");
    const auto specimen =
        validate::read_specimen(manifest("none", R"(,"settings_schema":"schema.json")"), {}, {}, 1);
    ASSERT_TRUE(specimen);
    EXPECT_NE(name_of(**specimen).settings_from.find("example"), std::string::npos);
}

TEST_F(Validation, AnswersOfTheVendorsTakeTheirPlace) {
    // A vault that says no: then the plugin cannot be tried.
    const std::string answers =
        write("answers.json", R"({"http":[{"url":"https://vault.example/login","status":403,
                                           "body":"no"}]})");
    const auto results = run(manifest("none"), {"acquires"}, {}, answers);
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results.front().verdict.outcome, Outcome::untried);
    EXPECT_NE(results.front().verdict.reason.find("the vault says no"), std::string::npos);
    EXPECT_EQ(validate::status_of(results), Status::misconfigured);

    const auto wrong =
        validate::read_specimen(manifest("none"), {}, write("a.json", R"({"htpp":[]})"), 1);
    EXPECT_EQ(wrong.status(), Status::misconfigured);
}

TEST_F(Validation, TheAnswersThatTheDocumentationShowsAreTaken) {
    std::ifstream file(README);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const std::size_t start = text.find("```json\n{\n  \"request\"");
    ASSERT_NE(start, std::string::npos);
    const std::string shown = text.substr(start + 8, text.find("```", start + 3) - start - 8);
    const auto specimen =
        validate::read_specimen(manifest("none"), {}, write("answers.json", shown), 1);
    EXPECT_TRUE(specimen) << specimen.error().message;
}

TEST_F(Validation, APluginThatHangsIsStopped) {
    auto specimen = validate::read_specimen(manifest("never_loads"), {}, {}, 7);
    ASSERT_TRUE(specimen);
    validate::Plan plan;
    plan.filters = {"loads-resolved"};
    plan.limit = std::chrono::seconds(3);
    const auto results = validate::validate(**specimen, plan, {}, {});
    ASSERT_EQ(results.size(), 1u);
    EXPECT_NE(results.front().verdict.reason.find("after 3 s and was stopped while it was loaded"),
              std::string::npos)
        << results.front().verdict.reason;
}

TEST_F(ValidateCommand, ListsItsTestsWithTheObligationsTheyShow) {
    const auto list = command({"--list", "--json"});
    EXPECT_EQ(list.exit_code(), 0) << list.err();
    const auto parsed = json::parse(list.out());
    ASSERT_TRUE(parsed) << list.out();
    ASSERT_EQ(parsed->find("tests")->items().size(), validate::all_tests().size());
    const json::Value& first = parsed->find("tests")->items().front();
    EXPECT_EQ(first.string("name"), "library-is-trusted");
    EXPECT_EQ(first.strings("obligations"), std::vector<std::string>{"H1"});
    EXPECT_FALSE(first.string("sentence").empty());
}

TEST_F(ValidateCommand, SaysWhatFailedAndWhyInJson) {
    const auto run =
        command({manifest("prints_a_token"), "--json", "--seed", "5", "--filter", "no-secret-*"});
    EXPECT_EQ(run.exit_code(), 7) << run.err();
    const auto parsed = json::parse(run.out());
    ASSERT_TRUE(parsed) << run.out();
    EXPECT_EQ(parsed->string("status"), "protocol");
    EXPECT_EQ(parsed->find("seed")->as_integer(), 5);
    EXPECT_EQ(parsed->find("counts")->find("failed")->as_integer(), 1);
    EXPECT_EQ(parsed->find("plugin")->string("id"), "broken");
    const auto& tests = parsed->find("tests")->items();
    ASSERT_EQ(tests.size(), 5u);
    EXPECT_EQ(tests.back().string("name"), "no-secret-in-output");
    EXPECT_EQ(tests.back().string("outcome"), "failed");
    EXPECT_EQ(run.err(), "");  // what the plugin wrote stays out of the report
}

TEST_F(ValidateCommand, ReportsALineATestAndTheSeed) {
    const auto run = command({manifest("none"), "--seed", "5", "--filter", "loads-*"});
    EXPECT_EQ(run.exit_code(), 0) << run.out() << run.err();
    EXPECT_NE(run.out().find("PASS     loads-fast"), std::string::npos) << run.out();
    EXPECT_NE(run.out().find("5 passed, 0 failed, 0 skipped; seed 5\n"), std::string::npos)
        << run.out();
}

TEST_F(ValidateCommand, WhatCouldNotBeTriedIsNoPass) {
    const auto run = command({manifest("never_works"), "--filter", "acquires"});
    EXPECT_EQ(run.exit_code(), 3);
    EXPECT_NE(run.out().find("UNTRIED"), std::string::npos) << run.out();
}

TEST_F(ValidateCommand, ItsMistakesAreUsageOrConfiguration) {
    EXPECT_EQ(command({}).exit_code(), 2);
    EXPECT_EQ(command({manifest("none"), "--filter", "no-such-test"}).exit_code(), 2);
    EXPECT_EQ(command({directory.path() + "/missing.json"}).exit_code(), 3);
    EXPECT_EQ(command({manifest("none"), "--in-process"}).exit_code(), 2);
}

TEST_F(ValidateCommand, InADebuggerACrashIsACrash) {
    const auto fine = command({manifest("none"), "--in-process", "--filter", "loads-resolved"});
    EXPECT_EQ(fine.exit_code(), 0) << fine.err();
    const auto run =
        command({manifest("crashes_on_odd_metadata"), "--in-process", "--filter", "odd-requests"});
    EXPECT_EQ(run.exit_code(), 128 + SIGABRT);
}

}  // namespace
}  // namespace mcp_auth::testing
