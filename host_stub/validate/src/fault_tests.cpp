#include "corpus.hpp"
#include "tests.hpp"

#include <algorithm>

namespace mcp_auth::validate {
namespace {

// How often a service that goes on failing may be asked in one call.
constexpr std::size_t most_tries = 8;
// What a plugin may still ask after it was told that the call is over.
constexpr std::size_t most_after_the_end = 2;

std::string ended(const Played& played) {
    return "ended as " + std::string(to_string(played.result.status()));
}

// A store that fails may be done without; so may an http request whose answer leads to nothing, and
// a refresh token that is refused: the user is asked then.
bool may_be_done_without(const Leg& leg, FaultKind kind) {
    if (leg.called.service == MCP_AUTH_SERVICE_STORE) return true;
    if (leg.called.service == MCP_AUTH_SERVICE_HTTP) return !leg.matters;
    return kind == FaultKind::refusal && leg.called.function == "token_request" &&
           leg.called.about.find("refresh_token") != std::string::npos;
}

Verdict ends_as(Trial& trial, FaultKind kind) {
    Verdict verdict = Verdict::pass();
    Corpus corpus(trial);
    corpus.each_fault([kind](const Fault& fault) { return fault.kind == kind; },
                      [&](const Leg& leg, const Fault&, Played& played) {
                          if (played.world.insisted()) return true;  // gives-up says so
                          const Status status = played.result.status();
                          if (may_be_done_without(leg, kind) && status == Status::ok) return true;
                          if (!is_answer_to(kind, status))
                              verdict = Verdict::fail(played.story + ": it " + ended(played) +
                                                      ", not as " + answers_to(kind));
                          return bool(verdict);
                      });
    return verdict;
}

// From the leg's call on, every service says that the call is over.
Verdict ends_with(Trial& trial, Corpus& corpus, const Leg& leg, const Fault& fault) {
    const auto played = corpus.play(leg, fault);
    const auto& broken = played->world.broken_calls();
    const auto first = std::find_if(broken.begin(), broken.end(), [](const auto& called) {
        return called.service != MCP_AUTH_SERVICE_STORE;
    });
    (void)trial;
    if (first == broken.end()) return Verdict::pass();  // nothing but the store was left to do
    const auto later = static_cast<std::size_t>(broken.end() - first) - 1;
    if (later > most_after_the_end || played->world.insisted())
        return Verdict::fail(played->story + ": it went on to ask " + to_string(broken.back()));
    if (!is_answer_to(fault.kind, played->result.status()))
        return Verdict::fail(played->story + ": it " + ended(*played) + ", not as " +
                             answers_to(fault.kind));
    return Verdict::pass();
}

Verdict ends_with(Trial& trial, const Fault& fault, bool from_the_first) {
    Corpus corpus(trial);
    for (const Scenario& scenario : corpus.scenarios()) {
        // How many calls its last step makes, when all goes well.
        Played well(trial);
        std::size_t before = 0;
        for (const mcp_auth_reason reason : scenario.reasons) {
            before = well.world.host().service_calls().size();
            trial.journal.doing("it was asked for " + scenario.name());
            (void)well.world.ask(scenario.role, reason);
        }
        const std::size_t after = well.world.host().service_calls().size();
        const std::size_t end = from_the_first ? std::min(before + 1, after) : after;
        for (std::size_t number = from_the_first ? before : before + 1; number < end; ++number) {
            Leg leg;
            leg.scenario = scenario;
            leg.called.number = number;
            if (auto verdict = ends_with(trial, corpus, leg, fault); !verdict) return verdict;
        }
    }
    return Verdict::pass();
}

}  // namespace

Verdict survives_faults(Trial& trial) {
    Verdict verdict = Verdict::pass();
    Corpus corpus(trial);
    corpus.each([&](Played& played) {
        if (played.result.status() == Status::internal && played.world.broken_duties().empty())
            verdict = Verdict::fail(played.story + ": it said internal: a bug");
        return bool(verdict);
    });
    return verdict;
}

Verdict unavailable_is_unavailable(Trial& trial) {
    return ends_as(trial, FaultKind::transient);
}
Verdict refusals_are_final(Trial& trial) {
    return ends_as(trial, FaultKind::refusal);
}
Verdict interaction_is_passed_on(Trial& trial) {
    return ends_as(trial, FaultKind::interaction);
}
Verdict broken_answers(Trial& trial) {
    return ends_as(trial, FaultKind::malformed);
}

Verdict cancelled_before(Trial& trial) {
    return ends_with(trial, cancellation(), true);
}
Verdict cancelled_during(Trial& trial) {
    return ends_with(trial, cancellation(), false);
}
Verdict deadline_expired(Trial& trial) {
    if (auto verdict = ends_with(trial, deadline(), true); !verdict) return verdict;
    return ends_with(trial, deadline(), false);
}

Verdict gives_up(Trial& trial) {
    Verdict verdict = Verdict::pass();
    Corpus corpus(trial);
    corpus.each_fault([](const Fault& fault) { return fault.fails(); },
                      [&](const Leg&, const Fault&, Played& played) {
                          const std::size_t tries = played.world.broken_calls().size();
                          if (tries > most_tries || played.world.insisted())
                              verdict = Verdict::fail(
                                  played.story + ": it asked " + std::to_string(tries) +
                                  " times in one call; the host retries, where that may help");
                          return bool(verdict);
                      });
    return verdict;
}

}  // namespace mcp_auth::validate
