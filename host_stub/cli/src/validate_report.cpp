#include "validate_report.hpp"

#include <mcp_auth/json.hpp>

#include <algorithm>
#include <cctype>

namespace mcp_auth::cli {
namespace {

using validate::Outcome;

constexpr std::size_t name_width = 34;

std::string label(Outcome outcome, const Terminal& terminal) {
    switch (outcome) {
    case Outcome::passed: return terminal.green("PASS   ");
    case Outcome::failed: return terminal.red("FAIL   ");
    case Outcome::skipped: return terminal.dim("SKIP   ");
    case Outcome::untried: return terminal.yellow("UNTRIED");
    }
    return "       ";
}

json::Value obligations_of(const validate::Test& test) {
    json::Value list = json::Value::array();
    std::string_view rest = test.obligations;
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        list.push(one);
    }
    return list;
}

json::Value test_as_json(const validate::Test& test) {
    return json::Value::object()
        .set("name", test.name)
        .set("obligations", obligations_of(test))
        .set("sentence", test.sentence);
}

std::size_t count(const std::vector<validate::TestResult>& results, Outcome outcome) {
    return static_cast<std::size_t>(std::count_if(
        results.begin(), results.end(),
        [&](const validate::TestResult& result) { return result.verdict.outcome == outcome; }));
}

constexpr Outcome outcomes[] = {Outcome::passed, Outcome::failed, Outcome::skipped,
                                Outcome::untried};

}  // namespace

std::string line_of(const validate::TestResult& result, const Terminal& terminal) {
    const validate::Test& test = *result.test;
    std::string line = label(result.verdict.outcome, terminal) + "  " +
                       padded(test.name, name_width) + "  " +
                       terminal.dim(padded(test.obligations, 7)) + "  ";
    if (result.verdict)
        line += terminal.dim(test.sentence);
    else
        line += printable(result.verdict.reason);
    return line + "\n";
}

std::string summary_of(const std::vector<validate::TestResult>& results, std::uint64_t seed) {
    std::string text;
    for (const Outcome outcome : outcomes) {
        const std::size_t number = count(results, outcome);
        if (number == 0 && outcome == Outcome::untried) continue;
        text += (text.empty() ? "" : ", ") + std::to_string(number) + " " +
                std::string(to_string(outcome));
    }
    return text + "; seed " + std::to_string(seed) + "\n";
}

std::string validation_as_json(const std::vector<validate::TestResult>& results,
                               const validate::SpecimenName& name, std::uint64_t seed) {
    json::Value tests = json::Value::array();
    for (const validate::TestResult& result : results) {
        json::Value one = test_as_json(*result.test);
        one.set("outcome", to_string(result.verdict.outcome))
            .set("reason", result.verdict.reason)
            .set("milliseconds", static_cast<std::int64_t>(result.took.count()));
        tests.push(std::move(one));
    }
    json::Value counts = json::Value::object();
    for (const Outcome outcome : outcomes)
        counts.set(std::string(to_string(outcome)),
                   static_cast<std::int64_t>(count(results, outcome)));
    return json::Value::object()
               .set("plugin", json::Value::object()
                                  .set("id", name.id)
                                  .set("version", name.version)
                                  .set("library", name.library)
                                  .set("settings", name.settings_from))
               .set("seed", json::Value::number(std::to_string(seed)))
               .set("status", to_string(validate::status_of(results)))
               .set("counts", std::move(counts))
               .set("tests", std::move(tests))
               .dump(2) +
           "\n";
}

std::string list_as_text(const std::vector<const validate::Test*>& tests,
                         const Terminal& terminal) {
    std::string text;
    for (const validate::Test* test : tests)
        text += terminal.bold(padded(test->name, name_width)) + "  " +
                terminal.dim(padded(test->obligations, 7)) + "  " + std::string(test->sentence) +
                "\n";
    return text;
}

std::string list_as_json(const std::vector<const validate::Test*>& tests) {
    json::Value list = json::Value::array();
    for (const validate::Test* test : tests) list.push(test_as_json(*test));
    return json::Value::object().set("tests", std::move(list)).dump(2) + "\n";
}

}  // namespace mcp_auth::cli
