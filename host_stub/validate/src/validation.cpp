#include "validation.hpp"

#include "journal.hpp"
#include "specimen.hpp"
#include "test_process.hpp"
#include "trial.hpp"

#include <fnmatch.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace mcp_auth::validate {
namespace {

constexpr std::string_view runs_to_the_end = "no-service-outside";

// Those that watch the loading itself.
bool loads_by_itself(const Test& test) {
    static constexpr std::string_view opened = "loads-resolved";
    return test.needs.empty() ||
           (test.needs.size() == 1 &&
            (test.needs.front() == opened || test.needs.front() == "library-is-trusted")) ||
           test.name == "process-left-alone";
}

Verdict run(const Specimen& specimen, const Test& test, const Journal& journal) {
    try {
        Trial trial(specimen, journal);
        if (!loads_by_itself(test))
            if (auto loaded = trial.load(); !loaded) return Verdict::fail(loaded.error().message);
        return test.run(trial);
    } catch (const std::exception&) {
        return Verdict::fail(
            "an exception reached the validator: one of the plugin's, or no memory");
    }
}

const Test& named(std::string_view name) {
    const auto& tests = all_tests();
    return *std::find_if(tests.begin(), tests.end(),
                         [&](const Test& test) { return test.name == name; });
}

class Run {
public:
    Run(const Specimen& specimen, const Plan& plan,
        const std::function<void(const TestResult&)>& report)
        : specimen_(specimen), plan_(plan), report_(report), chosen_(chosen_tests(plan.filters)) {
        for (const Test& test : all_tests())
            if (wanted(test)) states_[&test];
    }

    // Starts what can be started and takes what has ended. Whether there is more to do.
    bool step() {
        std::size_t running = 0;
        bool more = false;
        for (const Test& test : all_tests()) {
            const auto found = states_.find(&test);
            if (found == states_.end()) continue;
            State& state = found->second;
            if (state.process && state.process->ended()) finish(test, state);
            running += state.process ? 1 : 0;
            more = more || !state.result;
        }
        for (const Test& test : all_tests()) {
            if (running >= std::max(plan_.jobs, 1u)) break;
            const auto found = states_.find(&test);
            if (found == states_.end() || found->second.result || found->second.process) continue;
            if (test.attempts > 1 && running > 0) continue;  // it measures time: alone
            if (!is_ready(test, found->second)) continue;
            if (found->second.result) continue;
            start(test, found->second);
            ++running;
            if (test.attempts > 1) break;
        }
        announce();
        return more;
    }

    std::vector<TestResult> results() const {
        std::vector<TestResult> all;
        for (const auto& [test, state] : in_order())
            if (state->result && is_told(*state->result)) all.push_back(*state->result);
        return all;
    }

private:
    struct State {
        std::unique_ptr<TestProcess> process = {};
        std::optional<TestResult> result = {};
        int attempt = 0;
    };

    // Chosen, or needed by one that is.
    bool wanted(const Test& test) const {
        return std::any_of(chosen_.begin(), chosen_.end(),
                           [&](const Test* one) { return one == &test || needs(*one, test); });
    }
    static bool needs(const Test& one, const Test& other) {
        return std::any_of(one.needs.begin(), one.needs.end(), [&](std::string_view name) {
            return name == other.name || needs(named(name), other);
        });
    }

    // Whether all that it needs is there; if one has not passed, that is the result.
    bool is_ready(const Test& test, State& state) {
        for (const std::string_view name : test.needs) {
            const auto& needed = states_.at(&named(name)).result;
            if (!needed) return false;
            if (needed->verdict) continue;
            state.result = TestResult{
                &test, Verdict::skip("needs " + std::string(name) + ", which did not pass"), {}};
            return true;
        }
        return true;
    }

    void start(const Test& test, State& state) {
        ++state.attempt;
        state.process = std::make_unique<TestProcess>(
            [this, &test](const Journal& journal) {
                journal.verdict(run(specimen_, test, journal));
            },
            plan_.limit, test.name == runs_to_the_end);
    }

    void finish(const Test& test, State& state) {
        Verdict verdict = state.process->verdict();
        const auto took = state.process->took();
        state.process.reset();
        if (verdict.outcome == Outcome::failed && state.attempt < test.attempts) return;  // again
        state.result = TestResult{&test, std::move(verdict), took};
    }

    // Of what was not chosen only what keeps others from being run.
    bool is_told(const TestResult& result) const {
        return std::find(chosen_.begin(), chosen_.end(), result.test) != chosen_.end() ||
               result.verdict.outcome == Outcome::failed ||
               result.verdict.outcome == Outcome::untried;
    }
    std::vector<std::pair<const Test*, const State*>> in_order() const {
        std::vector<std::pair<const Test*, const State*>> all;
        for (const Test& test : all_tests())
            if (const auto found = states_.find(&test); found != states_.end())
                all.emplace_back(&test, &found->second);
        return all;
    }

    void announce() {
        const auto all = in_order();
        for (; announced_ < all.size() && all[announced_].second->result; ++announced_)
            if (report_ && is_told(*all[announced_].second->result))
                report_(*all[announced_].second->result);
    }

    const Specimen& specimen_;
    const Plan& plan_;
    const std::function<void(const TestResult&)>& report_;
    const std::vector<const Test*> chosen_;
    std::size_t announced_ = 0;
    std::map<const Test*, State> states_;
};

}  // namespace

Result<std::shared_ptr<const Specimen>> read_specimen(const std::string& manifest_path,
                                                      const std::string& settings_file,
                                                      const std::string& answers_file,
                                                      std::uint64_t seed) {
    auto specimen = Specimen::read(manifest_path, settings_file, answers_file, seed);
    if (!specimen) return specimen.error();
    return std::shared_ptr<const Specimen>(std::make_shared<Specimen>(*std::move(specimen)));
}

SpecimenName name_of(const Specimen& specimen) {
    const host::Manifest& manifest = specimen.manifest;
    return {manifest.id, manifest.version, manifest.library, specimen.settings_from};
}

std::vector<const Test*> chosen_tests(const std::vector<std::string>& filters) {
    std::vector<const Test*> chosen;
    for (const Test& test : all_tests())
        if (filters.empty() || std::any_of(filters.begin(), filters.end(), [&](const auto& glob) {
                return ::fnmatch(glob.c_str(), std::string(test.name).c_str(), 0) == 0;
            }))
            chosen.push_back(&test);
    return chosen;
}

std::vector<TestResult> validate(const Specimen& specimen, const Plan& plan,
                                 const std::function<void(const TestResult&)>& report,
                                 const std::function<bool()>& go_on) {
    Run run(specimen, plan, report);
    while (run.step()) {
        if (go_on && !go_on()) break;  // what runs is killed with it
        (void)::poll(nullptr, 0, 1);
    }
    return run.results();
}

Verdict run_here(const Specimen& specimen, const Test& test) {
    return run(specimen, test, Journal(STDERR_FILENO));
}

Status status_of(const std::vector<TestResult>& results) {
    const auto any = [&](Outcome outcome) {
        return std::any_of(results.begin(), results.end(), [&](const TestResult& result) {
            return result.verdict.outcome == outcome;
        });
    };
    if (any(Outcome::failed)) return Status::protocol;
    if (any(Outcome::untried)) return Status::misconfigured;
    return Status::ok;
}

}  // namespace mcp_auth::validate
