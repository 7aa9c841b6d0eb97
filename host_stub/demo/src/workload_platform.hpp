// A platform that workloads run on: it gives each a JWT that says who it is (RFC 7523 2.1), as a
// cluster does with the tokens of its service accounts. The authorization server trusts it.
#pragma once

#include "jwt.hpp"
#include "party.hpp"

#include <string>

namespace mcp_auth::demo {

inline constexpr char workload_issuer[] = "https://platform.demo.internal";
inline constexpr char workload_subject[] = "system:serviceaccount:reports:nightly";

class WorkloadPlatform {
public:
    explicit WorkloadPlatform(const Party& party) : party_(party), key_("platform-1") {}

    std::string issue(const WorkloadOrder& order) const;
    std::string jwks() const { return key_.jwks(); }

private:
    const Party& party_;
    const SigningKey key_;
};

}  // namespace mcp_auth::demo
