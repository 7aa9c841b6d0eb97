// What a diagnosis has found so far, and how its findings are worded.
#pragma once

#include "config.hpp"
#include "discovery.hpp"
#include "rehearsal.hpp"

#include <mcp_auth/host/diagnosis.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {

using Facts = std::vector<std::pair<std::string, std::string>>;
Facts operator+(Facts first, const Facts& second);

class FindingList {
public:
    void good(std::string step, std::string summary, Facts facts = {});
    void note(std::string step, std::string summary, Facts facts = {});
    // A fault that was found before, further back on the way, is not repeated.
    void fault(std::string step, std::string summary, Error error, Facts facts = {});

    Diagnosis take() && { return std::move(diagnosis_); }

private:
    Diagnosis diagnosis_;
};

// Why a connection is not the one for this URL although it looks like it.
Facts near_matches(const Config& config, std::string_view server_url);

Facts facts_of(const ConnectionConfig& connection);
Facts facts_of(const ServerMetadata& server);
Facts facts_of(const ClientConfig& client, std::string_view issuer);
Facts facts_of(const Rehearsal::Unsent& unsent);
Facts facts_of(const std::vector<Rehearsal::Lookup>& lookups);

// "the environment variable CHAT_SECRET", "the file /run/id_token", ...
std::string described(const SecretReference& reference);
std::string described(const DpopConfig& dpop);
std::string joined(const std::vector<std::string>& texts);  // peers' words, stripped

}  // namespace mcp_auth::host
