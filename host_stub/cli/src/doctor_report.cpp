#include "doctor_report.hpp"

#include "leg_line.hpp"
#include "report.hpp"

#include <mcp_auth/json.hpp>

#include <algorithm>

namespace mcp_auth::cli {
namespace {

using Verdict = Finding::Verdict;

constexpr std::size_t step_width = 18;

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::good: return "good";
    case Verdict::note: return "note";
    case Verdict::fault: return "fault";
    }
    return "fault";
}

std::string mark_of(Verdict verdict, const Terminal& terminal) {
    switch (verdict) {
    case Verdict::good: return terminal.green("+");
    case Verdict::note: return terminal.yellow("-");
    case Verdict::fault: return terminal.red("!");
    }
    return terminal.red("!");
}

std::string indented(std::string_view text) {
    const std::string margin(step_width + 3, ' ');
    std::string all;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        all += margin + std::string(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

std::string shown(const Finding& finding, const Terminal& terminal) {
    std::string text = mark_of(finding.verdict, terminal) + " " +
                       terminal.bold(padded(printable(finding.step), step_width)) + " " +
                       printable(finding.summary) + "\n";
    if (finding.error) text += indented(explanation_of(*finding.error, terminal));
    for (const auto& [name, value] : finding.facts)
        text += indented(terminal.dim(printable(name) + ":") + " " + printable(value));
    return text;
}

std::string conclusion(const Diagnosis& diagnosis, const Terminal& terminal) {
    const auto faults =
        std::count_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                      [](const Finding& finding) { return finding.verdict == Verdict::fault; });
    if (faults == 0) return terminal.green("No fault was found.") + "\n";
    const auto first =
        std::find_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                     [](const Finding& finding) { return finding.error.has_value(); });
    return terminal.red(std::to_string(faults) + (faults == 1 ? " fault" : " faults")) +
           "; begin with " + terminal.bold(printable(first->step)) + ": " +
           std::string(to_string(diagnosis.status())) + ".\n";
}

json::Value described(const Error& error) {
    json::Value value = json::Value::object();
    value.set("status", to_string(error.status)).set("leg", error.leg);
    value.set("message", error.message);
    if (!error.oauth_error.empty()) value.set("oauth_error", error.oauth_error);
    if (!error.description.empty()) value.set("description", error.description);
    if (error.http_status != 0) value.set("http_status", error.http_status);
    if (error.retry_after) value.set("retry_after", std::int64_t{error.retry_after->count()});
    if (error.max_age) value.set("max_age", std::int64_t{error.max_age->count()});
    if (!error.acr_values.empty()) value.set("acr_values", error.acr_values);
    if (const auto advice = advice_for(error); !advice.empty()) value.set("advice", advice);
    return value;
}

json::Value described(const Finding& finding) {
    json::Value facts = json::Value::array();
    for (const auto& [name, value] : finding.facts)
        facts.push(json::Value::object().set("name", name).set("value", value));
    json::Value value = json::Value::object();
    value.set("step", finding.step)
        .set("verdict", name_of(finding.verdict))
        .set("summary", finding.summary)
        .set("facts", std::move(facts));
    if (finding.error) value.set("error", described(*finding.error));
    return value;
}

json::Value described(const AuditEvent& event) {
    json::Value value = json::Value::object();
    value.set("leg", event.leg)
        .set("peer", event.peer)
        .set("event", event.event)
        .set("status", to_string(event.status));
    if (event.http_status != 0) value.set("http_status", event.http_status);
    return value.set("microseconds", std::int64_t{event.duration.count()});
}

}  // namespace

std::string diagnosis_as_text(const Diagnosis& diagnosis, const Legs& legs,
                              const Terminal& terminal) {
    std::string text;
    for (const Finding& finding : diagnosis.findings) text += shown(finding, terminal);
    if (!legs.empty()) text += "\n" + terminal.dim("The acquisition, leg by leg:") + "\n";
    for (const AuditEvent& leg : legs) text += leg_line(leg, terminal) + "\n";
    return text + "\n" + conclusion(diagnosis, terminal);
}

std::string diagnosis_as_json(const Diagnosis& diagnosis, const Legs& legs,
                              const std::string& server_url) {
    json::Value findings = json::Value::array();
    for (const Finding& finding : diagnosis.findings) findings.push(described(finding));
    json::Value all = json::Value::object();
    all.set("server", server_url)
        .set("status", to_string(diagnosis.status()))
        .set("findings", std::move(findings));
    if (!legs.empty()) {
        json::Value list = json::Value::array();
        for (const AuditEvent& leg : legs) list.push(described(leg));
        all.set("legs", std::move(list));
    }
    return all.dump(2) + "\n";
}

}  // namespace mcp_auth::cli
