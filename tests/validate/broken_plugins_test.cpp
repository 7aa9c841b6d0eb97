// The validator finds each fault, and that fault alone.
#include "build_kind.hpp"
#include "validate_fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace mcp_auth::testing {
namespace {

struct Finding {
    std::string test;
    std::string reason;  // a part of it
};
struct Broken {
    std::string fault;            // of the fixture
    std::vector<Finding> finds;   // and nothing else
    bool seen_everywhere = true;  // false: not with sanitizers
    bool seen_by_tsan = true;
};

const Broken broken_plugins[] = {
    {"none", {}},
    // the library
    {"exports_more", {{"exports-entry-alone", "exported_beside_the_entry"}}},
    {"needs_what_is_missing", {{"loads-resolved", "defined_nowhere"}}},
    {"has_an_executable_stack", {{"load-flags", "executable stack"}}},
    {"relocates_its_text", {{"load-flags", "text relocations"}}},
    {"takes_long_to_load", {{"loads-fast", "ms"}}},
    {"makes_a_socket_when_loaded", {{"loads-without-network", "socket"}}},
    {"starts_a_thread_when_loaded", {{"loads-without-threads", "a thread is started"}}},
    {"writes_a_file_when_loaded", {{"loads-without-files", "openat"}}},
    {"reads_a_file_in_the_entry", {{"entry-touches-nothing", "openat"}}},
    {"gives_another_descriptor", {{"entry-is-idempotent", "another descriptor"}}},
    {"is_of_another_version", {{"descriptor-equals-manifest", "version"}}},
    // creating
    {"creates_nothing",
     {{"creates", "OK without a provider"},
      {"empty-settings", "OK without a provider"},
      {"huge-settings", "OK without a provider"},
      {"random-settings", "OK without a provider"}}},
    {"knows_any_token_role", {{"unknown-role-refused", "mcp.auth.token/"}}},
    {"asks_a_service_in_create", {{"create-calls-no-service", "called without a call"}}},
    {"does_without_a_check", {{"services-missing", "without mcp.auth.store/1"}}},
    {"reads_past_a_struct", {{"smaller-struct-size", "mcp_auth_instance"}}},
    {"refuses_newer_hosts", {{"larger-struct-size", "longer than it knows"}}},
    {"needs_settings", {{"empty-settings", "no settings at all"}}},
    {"crashes_on_long_settings", {{"huge-settings", "SIGABRT"}}},
    {"crashes_on_odd_settings", {{"random-settings", "SIGABRT"}}},
    {"shares_an_instance", {{"destroy-and-create-again", "after another one was destroyed"}}},
    // calls
    {"never_works", {{"acquires", "not without a contract"}}},
    {"gives_no_token", {{"ok-means-one-answer", "OK without exactly one answer"}}},
    {"gives_a_token_and_fails", {{"failure-means-no-answer", "an answer in a sink"}}},
    {"gives_an_unknown_status", {{"status-is-known", "a status that there is not"}}},
    {"says_nothing", {{"failures-say-why", "without a message"}}},
    {"is_not_utf8", {{"text-is-utf-8", "scope is not UTF-8"}}},
    {"forgets_a_size", {{"structs-say-their-size", "without its struct_size"}}},
    {"takes_two_leases", {{"services-as-documented", "second lease"}}},
    {"authenticates_by_itself", {{"client-authentication-is-the-hosts", "'client_id'"}}},
    {"uses_a_call_that_is_over", {{"call-is-over", "has ended"}}},
    {"asks_on_another_thread",
     {{"own-thread", "another call's thread"}, {"waits-in-services-alone", "a thread is started"}}},
    {"asks_from_a_catch_block", {{"no-service-in-catch", "catch block"}}},
    {"sleeps_by_itself", {{"waits-in-services-alone", "nanosleep"}}},
    {"needs_a_large_stack", {{"small-stack", "256 KiB"}}, false},
    {"hands_out_a_rejected_token", {{"rejected-is-fresh", "rejected"}}},
    {"makes_tokens_live_longer", {{"expiry-is-not-later", "longer"}}},
    {"keeps_a_user", {{"keeps-no-user", "the first user's"}}},
    {"runs_one_at_a_time", {{"concurrent-calls", "another call runs"}}},
    {"crashes_on_odd_metadata", {{"odd-requests", "metadata that is no JSON"}}},
    {"uses_the_browser_unannounced", {{"interactive-says-so", "mcp.auth.browser/1"}}},
    // faults of others
    {"crashes_on_an_empty_body", {{"survives-faults", "answering HTTP 302"}}},
    {"makes_unavailable_protocol", {{"unavailable-is-unavailable", "ended as protocol"}}},
    {"makes_denied_unavailable", {{"refusals-are-final", "ended as unavailable"}}},
    {"makes_interaction_denied", {{"interaction-is-passed-on", "ended as denied"}}},
    {"takes_any_body", {{"broken-answers", "ended as ok"}}},
    {"ignores_early_cancellation", {{"cancelled-before", "ended as unavailable"}}},
    {"ignores_late_cancellation", {{"cancelled-during", "ended as unavailable"}}},
    {"ignores_the_deadline", {{"deadline-expired", "ended as unavailable"}}},
    {"never_gives_up", {{"gives-up", "20 times"}}},
    // what is left, and where
    {"logs_a_token", {{"no-secret-in-logs", "the log field 'token'"}}},
    {"puts_a_secret_into_an_error", {{"no-secret-in-errors", "a failure's message"}}},
    {"puts_a_secret_into_a_url", {{"no-secret-in-urls", "a URL"}}},
    {"puts_a_secret_into_a_key", {{"no-secret-in-store-keys", "a store key"}}},
    {"prints_a_token", {{"no-secret-in-output", "stdout or stderr"}}},
    {"changes_a_signal_handler", {{"process-left-alone", "SIGUSR1"}}},
    {"leaves_a_thread", {{"no-thread-left", "1 threads"}}},
    {"leaves_a_descriptor", {{"no-descriptor-left", "/dev/null"}}},
    {"frees_nothing", {{"no-memory-left", "bytes of the heap"}}, true, false},
    {"logs_at_the_end", {{"no-service-outside", "mcp.auth.log/1"}}},
};

void PrintTo(const Broken& broken, std::ostream* out) {
    *out << broken.fault;
}

class BrokenPlugin : public Validation, public ::testing::WithParamInterface<Broken> {};

TEST_P(BrokenPlugin, FailsTheTestOfItsFaultAndNoOther) {
    const Broken& broken = GetParam();
    if ((validate::sanitized && !broken.seen_everywhere) ||
        (validate::with_thread_sanitizer && !broken.seen_by_tsan))
        GTEST_SKIP() << "not to be seen in a build with sanitizers";
    // With sanitizers or valgrind a process costs ten times as much: what should pass is run for
    // one plugin.
    std::vector<std::string> filters;
    if (validate::sanitized || std::getenv("MCP_AUTH_SLOW") != nullptr)
        for (const Finding& finding : broken.finds) filters.push_back(finding.test);

    const auto results = run(manifest(broken.fault), filters);

    auto faults = faults_in(results);
    for (const Finding& finding : broken.finds) {
        const auto found = faults.find(finding.test);
        ASSERT_NE(found, faults.end()) << finding.test << " passed";
        EXPECT_NE(found->second.find(finding.reason), std::string::npos) << found->second;
        faults.erase(found);
    }
    for (const auto& [name, reason] : faults) ADD_FAILURE() << name << ": " << reason;
}

INSTANTIATE_TEST_SUITE_P(Each, BrokenPlugin, ::testing::ValuesIn(broken_plugins),
                         [](const auto& tested) { return tested.param.fault; });

TEST(BrokenPlugins, ThereIsOneForEveryTest) {
    for (const validate::Test& test : validate::all_tests()) {
        if (test.name == "library-is-trusted") continue;  // validation_test.cpp
        const bool found = std::any_of(
            std::begin(broken_plugins), std::end(broken_plugins), [&](const Broken& broken) {
                return std::any_of(
                    broken.finds.begin(), broken.finds.end(),
                    [&](const Finding& finding) { return finding.test == test.name; });
            });
        EXPECT_TRUE(found) << test.name;
    }
}

}  // namespace
}  // namespace mcp_auth::testing
