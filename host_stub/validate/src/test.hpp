// One test of the conformance suite: what it is called, what it shows, and how it is run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::validate {

enum class Outcome {
    passed,
    failed,
    skipped,  // there is nothing here to test, or what it needs has failed
    untried,  // the plugin may be right: it lacks settings or answers that the vendor has to give
};

std::string_view to_string(Outcome outcome) noexcept;

struct Verdict {
    Outcome outcome = Outcome::passed;
    std::string reason = {};  // why it did not pass

    static Verdict pass() { return {}; }
    static Verdict fail(std::string reason) { return {Outcome::failed, std::move(reason)}; }
    static Verdict skip(std::string reason) { return {Outcome::skipped, std::move(reason)}; }
    static Verdict untried(std::string reason) { return {Outcome::untried, std::move(reason)}; }
    explicit operator bool() const noexcept { return outcome == Outcome::passed; }
};

class Trial;

struct Test {
    std::string_view name;         // stable
    std::string_view obligations;  // of plugin_api/README.md, "P9" or "P9 P12"
    std::string_view sentence;     // what holds when it passes
    Verdict (*run)(Trial&);
    std::vector<std::string_view> needs = {};  // tests that must have passed before
    int attempts = 1;                          // more than one: it measures time
};

// All of them, in the order of the report. A test comes after those that it needs.
const std::vector<Test>& all_tests();

}  // namespace mcp_auth::validate
