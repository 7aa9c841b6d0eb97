// mcp-auth validate: the whole of it, for the command and for its tests.
#pragma once

#include "test.hpp"

#include <mcp_auth/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::validate {

struct Specimen;  // specimen.hpp

// `settings_file`, `answers_file`: empty for none. Errors: misconfigured, as a host would refuse
// the manifest, or naming the file that is at fault.
Result<std::shared_ptr<const Specimen>> read_specimen(const std::string& manifest_path,
                                                      const std::string& settings_file,
                                                      const std::string& answers_file,
                                                      std::uint64_t seed);

struct SpecimenName {
    std::string id, version, library, settings_from;
};
SpecimenName name_of(const Specimen& specimen);

struct Plan {
    std::vector<std::string> filters = {};                       // globs of names; empty: all
    unsigned jobs = 1;                                           // tests at a time
    std::chrono::milliseconds limit = std::chrono::seconds(10);  // of one test
};

struct TestResult {
    const Test* test = nullptr;
    Verdict verdict = {};
    std::chrono::milliseconds took{0};
};

// The tests whose name a filter matches, in order.
std::vector<const Test*> chosen_tests(const std::vector<std::string>& filters);

// Runs them, each in a process of its own. `report` gets each result in the order of the tests, as
// soon as it and those before it are there. `go_on` is asked now and then; once it says no, what
// runs is stopped and what has not run is left out. A test that another one needs is run for it,
// and reported if it was chosen, or did not pass.
std::vector<TestResult> validate(const Specimen& specimen, const Plan& plan,
                                 const std::function<void(const TestResult&)>& report,
                                 const std::function<bool()>& go_on);

// In this process, for a debugger: a crash is a crash.
Verdict run_here(const Specimen& specimen, const Test& test);

// ok; protocol: a test failed; misconfigured: none failed, but some could not be tried.
Status status_of(const std::vector<TestResult>& results);

}  // namespace mcp_auth::validate
