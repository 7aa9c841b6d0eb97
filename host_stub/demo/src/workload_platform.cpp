#include "workload_platform.hpp"

namespace mcp_auth::demo {

std::string WorkloadPlatform::issue(const WorkloadOrder& order) const {
    const std::int64_t now = party_.now();
    Object claims(Poco::JSON_PRESERVE_KEY_ORDER);
    claims.set("iss", order.issuer.empty() ? workload_issuer : order.issuer);
    claims.set("sub", order.subject.empty() ? workload_subject : order.subject);
    claims.set("aud", order.audience.empty() ? party_.authorization_server_issuer : order.audience);
    claims.set("jti", random_text(16));
    claims.set("iat", now);
    claims.set("exp", now + order.lifetime);
    const std::string token = sign_jwt(key_, jwt_header("JWT", key_), claims);
    party_.ledger->secret(token);
    return token;
}

}  // namespace mcp_auth::demo
