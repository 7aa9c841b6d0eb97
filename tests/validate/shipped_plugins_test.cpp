// What is shipped keeps what it asks of others.
#include "validate_fixture.hpp"

namespace mcp_auth::testing {
namespace {

class ShippedPlugin : public Validation, public ::testing::WithParamInterface<const char*> {
protected:
    static std::string manifest_of_plugin() {
        return std::string(PLUGINS) + "/" + GetParam() + ".json";
    }
};

TEST_P(ShippedPlugin, PassesEveryTest) {
    const auto results = run(manifest_of_plugin());
    EXPECT_EQ(results.size(), validate::all_tests().size());
    for (const auto& [name, reason] : faults_in(results)) ADD_FAILURE() << name << ": " << reason;
    EXPECT_EQ(validate::status_of(results), Status::ok);
}

INSTANTIATE_TEST_SUITE_P(Each, ShippedPlugin,
                         ::testing::Values("authorization-code", "client-credentials",
                                           "cross-app-access", "workload-identity"),
                         [](const auto& tested) {
                             std::string name = tested.param;
                             for (char& c : name) c = c == '-' ? '_' : c;
                             return name;
                         });

// The ways of cross-app-access that its settings choose.
class CrossAppAccess : public Validation {
protected:
    static constexpr const char* manifest_path = PLUGINS "/cross-app-access.json";
};

TEST_F(CrossAppAccess, PassesWithASamlAssertion) {
    const std::string settings = write("s.json", R"({"accepted_subject_types":["saml2"]})");
    for (const auto& [name, reason] : faults_in(run(manifest_path, {}, settings)))
        ADD_FAILURE() << name << ": " << reason;
}

TEST_F(CrossAppAccess, PassesWithAnotherProviderForItsIdJag) {
    const std::string settings = write("s.json", R"({"assertion_provider":"vendor"})");
    for (const auto& [name, reason] : faults_in(run(manifest_path, {}, settings)))
        ADD_FAILURE() << name << ": " << reason;
}

}  // namespace
}  // namespace mcp_auth::testing
