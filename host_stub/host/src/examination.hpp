// One diagnosis under way: each step in the order of an acquisition, and what it found.
#pragma once

#include "diagnosis_report.hpp"
#include "host_state.hpp"
#include "rehearsal.hpp"
#include "remarks.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mcp_auth::host {

class Examination {
public:
    // What it is given must live as long.
    Examination(const Options& options, const std::string& url, const Probe& probe, Bounds bounds);

    Diagnosis run();

private:
    bool open();  // false: there is no configuration, so nothing can follow
    void find_connection();
    void find_plugin();
    void compare_clocks();

    // What the MCP server and the authorization servers say (examination_discovery.cpp).
    void ask_server();
    Facts facts_of_challenge() const;
    void look_up_resource();
    void look_up_old_server();  // "discovery": "2025-03-26"
    void look_up_servers();
    void look_up_server(const std::string& issuer, const std::string& who);

    // What an acquisition would do with it (examination_acquisition.cpp).
    void rehearse();
    void look_at_subjects();
    void look_at_subject(const ProviderConfig& provider, const std::string& whose);
    void look_at_session(const Session& session, const std::string& whose, Facts facts);
    void add_claims(const json::Value& claims, Facts& facts) const;
    void add_expiry(std::int64_t at, Facts& facts) const;
    void report_rehearsal();
    std::optional<Error> run_acquisition(const std::shared_ptr<ConnectionState>& connection) const;
    void look_at_clients();
    void look_at_clients(const ProviderConfig& provider, const std::string& whose);
    void look_at_client(const ProviderConfig& provider, const ClientConfig& client,
                        const std::string& who, const std::string& issuer,
                        const ServerPointer& server);
    void authenticate(const ClientConfig& client, const std::string& who, const std::string& issuer,
                      const ServerPointer& server, Facts facts);

    Trace trace() const;

    const Options& options_;
    const std::string& url_;
    const Probe& probe_;
    Bounds bounds_;
    const std::shared_ptr<Remarks> remarks_;
    Rehearsal rehearsal_;
    FindingList findings_;

    std::shared_ptr<HostState> host_;
    const ConnectionConfig* config_ = nullptr;  // of the host's; null: none matches
    std::shared_ptr<Instance> instance_;        // null: the plugin cannot be used
    std::optional<HttpResponse> answer_;        // of the MCP server, to a request without a token
    std::optional<Challenge> challenge_;
    std::string issuer_;                // chosen
    std::vector<std::string> issuers_;  // offered, where there is no connection to choose for
    std::map<std::string, ServerPointer> servers_;  // by issuer; null: looked for in vain

    // Of the rehearsal.
    std::optional<Error> ended_;  // why, where it was not for want of sending
    std::vector<Rehearsal::Unsent> unsent_;
    Facts remarked_;
    std::vector<const ProviderConfig*> peers_;  // that were asked
};

}  // namespace mcp_auth::host
