#include "fault_case.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mcp_auth::integration {

Outcome FaultCase::run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), MCP_AUTH_COMMAND);
    for (const auto& word : {std::string("--config"), configuration, std::string("--audit"), audit,
                             std::string("--timeout"), std::string("20")})
        arguments.push_back(word);
    return run_command(arguments,
                       {{"MCP_AUTH_PLUGIN_PATH", MCP_AUTH_PLUGINS ":" MCP_AUTH_VENDOR_PLUGINS}});
}

std::size_t FaultCase::token_requests(Server server) const {
    const auto requests = enterprise->requests(server);
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [](const demo::RecordedRequest& request) {
            const auto path = request.path();
            return request.method == "POST" && path.size() >= 6 &&
                   path.compare(path.size() - 6, 6, "/token") == 0;
        }));
}

FaultCase arranged(const Fault& fault) {
    FaultCase set_up;
    auto options = fault.options;
    options.record = true;
    auto started = Enterprise::start(options);
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    if (!started) return set_up;
    auto enterprise = std::move(*started);
    EXPECT_TRUE(enterprise->sign_in());
    if (fault.arrange) fault.arrange(*enterprise);
    auto configuration = json::parse(enterprise->configuration());
    EXPECT_TRUE(configuration);
    if (!configuration) return set_up;
    if (fault.configure) fault.configure(*configuration);
    const auto path = enterprise->write_configuration({}, configuration->dump(2));
    EXPECT_TRUE(path);
    if (!path) return set_up;
    set_up.configuration = *path;
    set_up.audit = enterprise->directory() + "/audit.jsonl";
    set_up.enterprise = std::move(enterprise);
    return set_up;
}

std::vector<Fault> all_faults() {
    std::vector<Fault> all;
    for (auto& rows :
         {challenge_faults(), metadata_faults(), subject_faults(), subject_type_faults(),
          composition_faults(), quirks(), client_faults(), exchange_faults(), id_jag_faults(),
          redemption_faults(), dpop_faults(), client_credentials_faults(), workload_faults()})
        all.insert(all.end(), rows.begin(), rows.end());
    return all;
}

}  // namespace mcp_auth::integration
