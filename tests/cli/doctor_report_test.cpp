// A diagnosis as a person reads it, and as a script does.
#include "doctor_report.hpp"
#include "report.hpp"

#include <mcp_auth/json.hpp>

#include <gtest/gtest.h>

namespace mcp_auth::cli {
namespace {

Finding finding(std::string step, Finding::Verdict verdict, std::string summary) {
    Finding one;
    one.step = std::move(step);
    one.verdict = verdict;
    one.summary = std::move(summary);
    return one;
}

Diagnosis diagnosis() {
    Diagnosis all;
    all.findings.push_back(finding("configuration", Finding::Verdict::good, "It was read."));
    all.findings.back().facts = {{"file", "/etc/c.json"}, {"asked", "a"}, {"asked", "b"}};
    all.findings.push_back(finding("server", Finding::Verdict::note, "No challenge."));
    all.findings.push_back(finding("subject", Finding::Verdict::fault, "No sign-in."));
    all.findings.back().error = Error(Status::interaction_required, "subject", "it has expired");
    all.findings.push_back(finding("client", Finding::Verdict::fault, "No secret."));
    all.findings.back().error = Error(Status::misconfigured, "client", "NO_SUCH is not set");
    return all;
}

TEST(DoctorReport, IsPlainTextInAPipe) {
    EXPECT_EQ(diagnosis_as_text(diagnosis(), {}, Terminal(-1)),
              "+ configuration      It was read.\n"
              "                     file: /etc/c.json\n"
              "                     asked: a\n"
              "                     asked: b\n"
              "- server             No challenge.\n"
              "! subject            No sign-in.\n"
              "                     subject: interaction_required: it has expired\n"
              "                       what to do: " +
                  std::string(advice_for(*diagnosis().findings[2].error)) +
                  "\n"
                  "! client             No secret.\n"
                  "                     client: misconfigured: NO_SUCH is not set\n"
                  "\n"
                  "2 faults; begin with subject: interaction_required.\n");
}

TEST(DoctorReport, SaysThatAllIsWell) {
    Diagnosis all;
    all.findings.push_back(finding("server", Finding::Verdict::good, "It asks for a token."));
    EXPECT_EQ(all.status(), Status::ok);
    EXPECT_EQ(diagnosis_as_text(all, {}, Terminal(-1)),
              "+ server             It asks for a token.\n\nNo fault was found.\n");
}

TEST(DoctorReport, ShowsTheLegsOfAnAcquisition) {
    AuditEvent leg;
    leg.leg = "exchange";
    leg.event = "asked";
    const std::string text = diagnosis_as_text({}, {leg}, Terminal(-1));
    EXPECT_NE(text.find("leg by leg:\n+ exchange"), std::string::npos) << text;
    const auto report = json::parse(diagnosis_as_json({}, {leg}, "https://s.example/mcp"));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->find("legs")->items().at(0).string("leg"), "exchange");
}

TEST(DoctorReport, APeersWordsCannotDrawOnTheTerminal) {
    Diagnosis all;
    all.findings.push_back(finding("server", Finding::Verdict::good, "a\x1b[2Jb"));
    all.findings.back().facts = {{"scope", "c\n! server fake\x07"}};
    const std::string text = diagnosis_as_text(all, {}, Terminal(-1));
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\n! server"), std::string::npos) << text;
}

TEST(DoctorReport, IsOneJsonDocumentForAScript) {
    const auto report = json::parse(diagnosis_as_json(diagnosis(), {}, "https://s.example/mcp"));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->string("server"), "https://s.example/mcp");
    EXPECT_EQ(report->string("status"), "interaction_required");
    EXPECT_EQ(report->find("legs"), nullptr);
    const auto& findings = report->find("findings")->items();
    ASSERT_EQ(findings.size(), 4U);
    EXPECT_EQ(findings[0].string("verdict"), "good");
    EXPECT_EQ(findings[0].find("facts")->items().size(), 3U);
    EXPECT_EQ(findings[0].find("error"), nullptr);
    EXPECT_EQ(findings[2].find("error")->string("message"), "it has expired");
    EXPECT_EQ(findings[3].find("error")->string("status"), "misconfigured");
}

}  // namespace
}  // namespace mcp_auth::cli
