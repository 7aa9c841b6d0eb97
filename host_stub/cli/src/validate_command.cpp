// mcp-auth validate - does a plugin keep what plugin_api/README.md asks of it?
#include "commands.hpp"
#include "invocation.hpp"
#include "validate_report.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <optional>
#include <random>
#include <thread>

namespace mcp_auth::cli {
namespace {

struct Orders {
    std::string manifest, settings, answers;
    std::vector<std::string> filters;
    bool list = false, json = false, in_process = false;
    std::optional<std::uint64_t> seed;
    unsigned jobs = 0;
    double limit = 10;
};

// What a JSON document's numbers, and people, can carry.
std::uint64_t drawn_seed() {
    std::random_device device;
    return device() % 1'000'000'000u;
}

Error usage(std::string message) {
    return {Status::invalid_argument, "", std::move(message)};
}

int run_in_process(const Invocation& run, const validate::Specimen& specimen,
                   const std::vector<const validate::Test*>& chosen) {
    if (chosen.size() != 1)
        return run.fail(usage("--in-process runs one test: name it with --filter"));
    const validate::TestResult result{chosen.front(), run_here(specimen, *chosen.front()), {}};
    return run.finish(line_of(result, run.out()), exit_code(validate::status_of({result})));
}

int run_all(const Invocation& run, const validate::Specimen& specimen, const Orders& orders,
            std::uint64_t seed) {
    validate::Plan plan;
    plan.filters = orders.filters;
    plan.jobs = orders.jobs != 0 ? orders.jobs : std::thread::hardware_concurrency();
    plan.limit = std::chrono::milliseconds(static_cast<std::int64_t>(orders.limit * 1000));
    std::optional<Error> ended;
    const auto report = [&](const validate::TestResult& result) {
        if (orders.json) return;
        if (auto written = run.out().write(line_of(result, run.out())); !written)
            ended = written.error();
    };
    const auto go_on = [&] {
        const Bounds& bounds = run.bounds();
        if (!ended && bounds.cancellation.cancelled())
            ended = Error(Status::cancelled, "validate", "interrupted");
        if (!ended && bounds.deadline != Deadline{} &&
            std::chrono::steady_clock::now() >= bounds.deadline)
            ended = Error(Status::deadline, "validate", "--timeout was over before all tests were");
        return !ended;
    };
    const auto results = validate::validate(specimen, plan, report, go_on);
    if (ended) return run.fail(*ended);
    const int code = exit_code(validate::status_of(results));
    return run.finish(orders.json ? validation_as_json(results, name_of(specimen), seed)
                                  : summary_of(results, seed),
                      code);
}

int validate_plugin(const Invocation& run, const Orders& orders) {
    const auto chosen = validate::chosen_tests(orders.filters);
    if (chosen.empty()) return run.fail(usage("no test has a name like that: see --list"));
    if (orders.list)
        return run.finish(orders.json ? list_as_json(chosen) : list_as_text(chosen, run.out()));
    if (orders.manifest.empty()) return run.fail(usage("MANIFEST is missing: the plugin's"));
    const std::uint64_t seed = orders.seed.value_or(drawn_seed());
    const auto specimen =
        validate::read_specimen(orders.manifest, orders.settings, orders.answers, seed);
    if (!specimen) return run.fail(specimen.error());
    if (orders.in_process) return run_in_process(run, **specimen, chosen);
    return run_all(run, **specimen, orders, seed);
}

}  // namespace

void add_validate(CLI::App& app, Command& chosen) {
    auto orders = std::make_shared<Orders>();
    CLI::App* command = app.add_subcommand(
        "validate", "Test a plugin: does it keep what the plugin API asks of it?");
    command->add_option("MANIFEST", orders->manifest, "The plugin's manifest")->type_name("");
    command->add_flag("--list", orders->list, "List the tests and the obligations they show");
    command->add_flag("--json", orders->json, "Print one JSON document");
    command->add_option("--filter", orders->filters, "Only tests whose name matches (glob)")
        ->type_name("PATTERN")
        ->expected(1)
        ->take_all();
    command
        ->add_option("--seed", orders->seed, "Of all that is random (default: another each time)")
        ->type_name("N");
    command
        ->add_option("--settings", orders->settings,
                     "Settings that the plugin takes (default: the first of \"examples\" in its "
                     "settings schema, else {})")
        ->type_name("FILE");
    command
        ->add_option("--answers", orders->answers,
                     "What its servers answer, where something plausible would not do")
        ->type_name("FILE");
    command->add_option("--jobs", orders->jobs, "Tests at a time (default: one a processor)")
        ->type_name("N");
    command->add_option("--test-timeout", orders->limit, "Stop a test after SECONDS")
        ->type_name("SECONDS")
        ->capture_default_str()
        ->check(CLI::Range(0.001, 1e6).description(""));
    command->add_flag("--in-process", orders->in_process,
                      "Run the one test that --filter names without a process of its own, for a "
                      "debugger");
    command->footer(
        "The plugin's code runs, so that it should be one that you would load. Exit codes: 0 all\n"
        "passed (skipped ones count as such), 7 a test failed, 3 the manifest, its settings or\n"
        "answers do not do, so that something could not be tried, 2 usage.");
    command->callback([orders, &chosen] {
        chosen = [orders](const Invocation& run) { return validate_plugin(run, *orders); };
    });
}

}  // namespace mcp_auth::cli
