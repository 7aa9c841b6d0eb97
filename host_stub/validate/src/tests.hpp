// The tests by their functions; all_tests() (catalogue.cpp) says what they are called and show.
#pragma once

#include "trial.hpp"

namespace mcp_auth::validate {

// ---- the library alone ----
Verdict library_is_trusted(Trial& trial);
Verdict exports_entry_alone(Trial& trial);
Verdict loads_resolved(Trial& trial);
Verdict load_flags(Trial& trial);
Verdict loads_fast(Trial& trial);
Verdict loads_without_network(Trial& trial);
Verdict loads_without_threads(Trial& trial);
Verdict loads_without_files(Trial& trial);
Verdict entry_touches_nothing(Trial& trial);
Verdict entry_is_idempotent(Trial& trial);
Verdict descriptor_equals_manifest(Trial& trial);

// ---- creating ----
Verdict creates(Trial& trial);
Verdict unknown_role_refused(Trial& trial);
Verdict create_calls_no_service(Trial& trial);
Verdict services_missing(Trial& trial);
Verdict smaller_struct_size(Trial& trial);
Verdict larger_struct_size(Trial& trial);
Verdict empty_settings(Trial& trial);
Verdict huge_settings(Trial& trial);
Verdict random_settings(Trial& trial);
Verdict destroy_and_create_again(Trial& trial);

// ---- calls ----
Verdict acquires(Trial& trial);
Verdict ok_means_one_answer(Trial& trial);
Verdict failure_means_no_answer(Trial& trial);
Verdict status_is_known(Trial& trial);
Verdict failures_say_why(Trial& trial);
Verdict text_is_utf8(Trial& trial);
Verdict structs_say_their_size(Trial& trial);
Verdict services_as_documented(Trial& trial);
Verdict client_authentication_is_the_hosts(Trial& trial);
Verdict call_is_over(Trial& trial);
Verdict own_thread(Trial& trial);
Verdict no_service_in_catch(Trial& trial);
Verdict waits_in_services_alone(Trial& trial);
Verdict small_stack(Trial& trial);
Verdict rejected_is_fresh(Trial& trial);
Verdict expiry_is_not_later(Trial& trial);
Verdict keeps_no_user(Trial& trial);
Verdict concurrent_calls(Trial& trial);
Verdict odd_requests(Trial& trial);
Verdict interactive_says_so(Trial& trial);

// ---- faults ----
Verdict survives_faults(Trial& trial);
Verdict unavailable_is_unavailable(Trial& trial);
Verdict refusals_are_final(Trial& trial);
Verdict interaction_is_passed_on(Trial& trial);
Verdict broken_answers(Trial& trial);
Verdict cancelled_before(Trial& trial);
Verdict cancelled_during(Trial& trial);
Verdict deadline_expired(Trial& trial);
Verdict gives_up(Trial& trial);

// ---- what is left, and where ----
Verdict no_secret_in_logs(Trial& trial);
Verdict no_secret_in_errors(Trial& trial);
Verdict no_secret_in_urls(Trial& trial);
Verdict no_secret_in_store_keys(Trial& trial);
Verdict no_secret_in_output(Trial& trial);
Verdict process_left_alone(Trial& trial);
Verdict no_thread_left(Trial& trial);
Verdict no_descriptor_left(Trial& trial);
Verdict no_memory_left(Trial& trial);
Verdict no_service_outside(Trial& trial);

}  // namespace mcp_auth::validate
