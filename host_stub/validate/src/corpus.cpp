#include "corpus.hpp"

#include <algorithm>

namespace mcp_auth::validate {
namespace {

std::string name_of(mcp_auth_reason reason) {
    switch (reason) {
    case MCP_AUTH_REASON_FIRST: return "first";
    case MCP_AUTH_REASON_EXPIRING: return "expiring";
    case MCP_AUTH_REASON_REJECTED: return "rejected";
    case MCP_AUTH_REASON_INSUFFICIENT_SCOPE: return "insufficient scope";
    default: return "reason " + std::to_string(reason);
    }
}

// The store answers differently once something is in it.
bool same(const Leg& known, const Scenario& scenario, const testing::ServiceCall& called) {
    return known.scenario.role == scenario.role && known.called.service == called.service &&
           known.called.function == called.function && known.called.about == called.about &&
           (called.service != MCP_AUTH_SERVICE_STORE || known.scenario.reasons == scenario.reasons);
}

}  // namespace

std::string Scenario::name() const {
    return std::string(role == Role::token ? "a token" : "an assertion") + ", " +
           name_of(reasons.back());
}

Corpus::Corpus(Trial& trial) : trial_(trial) {
    for (const auto& [role, id] : {std::pair(Role::token, MCP_AUTH_ROLE_TOKEN),
                                   std::pair(Role::assertion, MCP_AUTH_ROLE_ASSERTION)}) {
        if (!trial_.has_role(id)) continue;
        scenarios_.push_back({role, {MCP_AUTH_REASON_FIRST}});
        scenarios_.push_back({role, {MCP_AUTH_REASON_FIRST, MCP_AUTH_REASON_EXPIRING}});
        scenarios_.push_back({role, {MCP_AUTH_REASON_FIRST, MCP_AUTH_REASON_REJECTED}});
    }
    for (const Scenario& scenario : scenarios_) find_legs(scenario);
}

void Corpus::find_legs(const Scenario& scenario) {
    Played played(trial_);
    played.world.record();
    std::size_t before = 0;
    for (const mcp_auth_reason reason : scenario.reasons) {
        before = played.world.host().service_calls().size();
        trial_.journal.doing("it was asked for " + scenario.name());
        played.result = played.world.ask(scenario.role, reason);
    }
    for (const testing::ServiceCall& called : played.world.host().service_calls()) {
        if (called.number < before) continue;
        const bool matters =
            played.result && (played.world.answered(called.number, played.result->bytes) ||
                              played.world.sent_on(called.number));
        const auto known = std::find_if(legs_.begin(), legs_.end(), [&](const Leg& leg) {
            return same(leg, scenario, called);
        });
        if (known == legs_.end())
            legs_.push_back({scenario, called, matters});
        else
            known->matters = known->matters || matters;
    }
}

std::unique_ptr<Played> Corpus::play(const Scenario& scenario) {
    auto played = std::make_unique<Played>(trial_);
    played->story = "asked for " + scenario.name();
    trial_.journal.doing("it was " + played->story);
    for (const mcp_auth_reason reason : scenario.reasons)
        played->result = played->world.ask(scenario.role, reason);
    return played;
}

std::unique_ptr<Played> Corpus::play(const Leg& leg, const Fault& fault) {
    auto played = std::make_unique<Played>(trial_);
    played->story = "asked for " + leg.scenario.name() + ", with " +
                    (leg.called.service.empty() ? "every service" : to_string(leg.called)) + " " +
                    fault.name;
    trial_.journal.doing("it was " + played->story);
    const auto& reasons = leg.scenario.reasons;
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        if (i + 1 == reasons.size()) played->world.break_from(leg.called, fault);
        played->result = played->world.ask(leg.scenario.role, reasons[i]);
    }
    return played;
}

void Corpus::each_fault(const Wanted& wanted, const Visit& visit) {
    for (const Leg& leg : legs_)
        for (const Fault& fault : faults_of(leg.called)) {
            if (!wanted(fault)) continue;
            const auto played = play(leg, fault);
            if (!visit(leg, fault, *played)) return;
        }
}

void Corpus::each(const std::function<bool(Played&)>& visit) {
    for (const Scenario& scenario : scenarios_)
        if (!visit(*play(scenario))) return;
    each_fault([](const Fault&) { return true; },
               [&](const Leg&, const Fault&, Played& played) { return visit(played); });
}

}  // namespace mcp_auth::validate
