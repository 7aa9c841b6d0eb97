// The protected MCP server (protocol.md M): a resource server (RFC 9728, RFC 6750) that speaks
// Streamable HTTP on both wires, 2025-11-25 with sessions and 2026-07-28 without.
#pragma once

#include "dpop.hpp"
#include "http.hpp"
#include "json_rpc.hpp"
#include "jwt.hpp"
#include "party.hpp"
#include "tools.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace mcp_auth::demo {

class McpServer {
public:
    // `issuer_jwks` is what its authorization server publishes.
    McpServer(const Party& party, std::function<std::string()> issuer_jwks);

    Answer answer(const RecordedRequest& request);
    void expire_dpop_nonces() { dpop_.expire_nonces(); }

private:
    // mcp_server.cpp: who may speak
    Answer serve(const RecordedRequest& request);
    Answer metadata() const;
    Answer challenge(int status, const std::string& error, const std::string& scope) const;
    // Whether the token is shown by who has the key that it is bound to; else the refusal.
    std::optional<Answer> refuse_possession(const RecordedRequest& request, const Jwt& token);
    std::optional<Caller> caller(const RecordedRequest& request, std::optional<Answer>& refusal);
    Answer post(const RecordedRequest& request, const Caller& caller);
    Answer end_session(const RecordedRequest& request, const Caller& caller);

    // mcp_wires.cpp: what is said
    Answer with_session(const RecordedRequest& request, const RpcMessage& message,
                        const Caller& caller);
    Answer initialize(const RpcMessage& message, const Caller& caller);
    Answer stateless(const RecordedRequest& request, const RpcMessage& message,
                     const Caller& caller);
    Answer perform(const RpcMessage& message, const Caller& caller, bool modern) const;
    Answer call_tool(const RpcMessage& message, const Caller& caller, bool modern) const;
    Answer result(const RpcMessage& message, Object::Ptr result, bool modern) const;
    bool has_session(const std::string& id, const Caller& caller);

    const Party& party_;
    const std::function<std::string()> issuer_jwks_;
    DpopVerifier dpop_;
    std::mutex mutex_;
    std::map<std::string, std::string> sessions_;  // id, subject
};

}  // namespace mcp_auth::demo
