#include "mcp_server.hpp"

namespace mcp_auth::demo {
namespace {

constexpr char mcp_path[] = "/mcp";
constexpr char metadata_path[] = "/.well-known/oauth-protected-resource/mcp";
constexpr char basic_scope[] = "chat.read";  // without which there is nothing to do here

bool accepts(const RecordedRequest& request, std::string_view media_type) {
    const std::string accepted = request.header("Accept");
    return accepted.find(media_type) != std::string::npos ||
           accepted.find("*/*") != std::string::npos;
}

std::string token_of(const RecordedRequest& request, std::string_view scheme) {
    const std::string value = request.header("Authorization");
    const std::size_t space = value.find(' ');
    if (space == std::string::npos ||
        !equal_ignoring_case(std::string_view(value).substr(0, space), scheme))
        return {};
    return value.substr(space + 1);
}

Answer plain(int status, const std::string& why) {
    return {status, {{"Content-Type", "text/plain"}}, why + "\n", false};
}

}  // namespace

McpServer::McpServer(const Party& party, std::function<std::string()> issuer_jwks)
    : party_(party), issuer_jwks_(std::move(issuer_jwks)), dpop_(party) {}

Answer McpServer::answer(const RecordedRequest& request) {
    Answer answer = serve(request);
    if (request.path() == mcp_path) dpop_.add_nonce(answer.headers);
    return answer;
}

Answer McpServer::serve(const RecordedRequest& request) {
    const std::string path = request.path();
    // The path form alone (RFC 9728 3.1): a client that asks for the root form is seen to (B1).
    if (path == metadata_path && request.method == "GET") return metadata();
    if (path != mcp_path) return not_found();
    // A web page that reaches loopback through a rebound name still says where it comes from.
    if (request.has_header("Origin") && request.header("Origin") != party_.origin(Server::mcp))
        return plain(403, "not from this origin");
    if (request.target.find("access_token=") != std::string::npos)
        return plain(400, "a token does not belong in a URL");  // A1, RFC 9700 4.3.2
    std::optional<Answer> refusal;
    const std::optional<Caller> who = caller(request, refusal);
    if (!who) return *refusal;
    if (request.method == "POST") return post(request, *who);
    if (request.method == "DELETE") return end_session(request, *who);
    Answer answer = plain(405, "this server offers no stream of its own");
    answer.headers.emplace_back("Allow", "POST, DELETE");
    return answer;
}

Answer McpServer::metadata() const {
    Object::Ptr body = new_object();
    body->set("resource", party_.resource);
    body->set("authorization_servers", array_of({party_.authorization_server_issuer}));
    body->set("scopes_supported", array_of({"chat.read", "chat.write", "chat.admin"}));
    body->set("bearer_methods_supported", array_of({"header"}));
    body->set("resource_name", "Demo chat");
    if (party_.options.dpop) {
        body->set("dpop_bound_access_tokens_required", true);
        body->set("dpop_signing_alg_values_supported", dpop_algorithm_list());
    }
    party_.faults.change(Document::resource_metadata, *body);
    return json_answer(200, *body);
}

Answer McpServer::challenge(int status, const std::string& error, const std::string& scope) const {
    std::string value = party_.options.dpop ? "DPoP algs=\"ES256 ES384 RS256 PS256\", " : "Bearer ";
    if (!error.empty()) value += "error=\"" + error + "\", ";
    value += "resource_metadata=\"" + party_.origin(Server::mcp) + metadata_path + "\"";
    if (!scope.empty()) value += ", scope=\"" + scope + "\"";
    Answer answer = plain(status, error.empty() ? "an access token is needed" : error);
    if (const auto change = party_.faults.challenge.get()) {
        for (auto& header : change(value)) answer.headers.push_back(std::move(header));
    } else {
        answer.headers.emplace_back("WWW-Authenticate", value);
    }
    return answer;
}

std::optional<Answer> McpServer::refuse_possession(const RecordedRequest& request,
                                                   const Jwt& token) {
    if (!party_.options.dpop) return std::nullopt;
    const Possession possession = dpop_.verify(request, party_.resource, token_of(request, "DPoP"));
    if (!possession.error.empty()) return challenge(401, possession.error, basic_scope);
    // RFC 9449 7.1: the key of the proof is the one that the token is bound to.
    if (possession.thumbprint != bound_to(*token.claims))
        return challenge(401, "invalid_token", basic_scope);
    return std::nullopt;
}

std::optional<Caller> McpServer::caller(const RecordedRequest& request,
                                        std::optional<Answer>& refusal) {
    const auto invalid = [&]() -> std::optional<Caller> {
        refusal = challenge(401, "invalid_token", basic_scope);
        return std::nullopt;
    };
    if (!request.has_header("Authorization")) {
        refusal = challenge(401, "", basic_scope);  // no error code (RFC 6750 3.1)
        return std::nullopt;
    }
    const std::string shown = token_of(request, party_.options.dpop ? "DPoP" : "Bearer");
    const Result<Jwt> token = verify_jwt(shown, "at+jwt", issuer_jwks_());
    if (!token) return invalid();
    if (token->claim("iss") != party_.authorization_server_issuer) return invalid();
    // Issued for another server, it is not ours to take, whoever signed it.
    if (!token->is_for(party_.resource)) return invalid();
    if (token->time("exp") <= party_.now()) return invalid();
    if (token->time("generation") != party_.token_generation) return invalid();
    if ((refusal = refuse_possession(request, *token))) return std::nullopt;
    const DirectoryUser* user = party_.policy->by_subject(token->claim("sub"));
    Caller who{token->claim("sub"), user ? user->name : "", token->claim("client_id"),
               split_scope(token->claim("scope"))};
    if (!who.has(basic_scope)) {
        refusal = challenge(403, "insufficient_scope", basic_scope);
        return std::nullopt;
    }
    return who;
}

Answer McpServer::post(const RecordedRequest& request, const Caller& caller) {
    const std::string type = request.header("Content-Type");
    if (!equal_ignoring_case(std::string_view(type).substr(0, type.find(';')), "application/json"))
        return plain(415, "application/json only");
    if (!accepts(request, "application/json") || !accepts(request, "text/event-stream"))
        return plain(406, "accept both application/json and text/event-stream");
    const Object::Ptr body = parse_object(request.body);
    if (!body) return json_answer(400, *rpc_error({}, RpcCode::parse_error, "not a JSON object"));
    const auto message = rpc_message(*body);
    if (!message)
        return json_answer(400, *rpc_error({}, RpcCode::invalid_request, "not JSON-RPC 2.0"));

    const Object::Ptr meta = object_member(*message->params, "_meta");
    const bool modern = meta && meta->has("io.modelcontextprotocol/protocolVersion");
    const bool older = message->method == "initialize" || request.has_header("Mcp-Session-Id") ||
                       request.header("MCP-Protocol-Version") == "2025-11-25";
    return !modern && older ? with_session(request, *message, caller)
                            : stateless(request, *message, caller);
}

Answer McpServer::end_session(const RecordedRequest& request, const Caller& caller) {
    const std::string id = request.header("Mcp-Session-Id");
    if (!has_session(id, caller)) return plain(404, "no such session");
    const std::lock_guard lock(mutex_);
    sessions_.erase(id);
    return {204, {}, "", false};
}

bool McpServer::has_session(const std::string& id, const Caller& caller) {
    const std::lock_guard lock(mutex_);
    const auto session = sessions_.find(id);
    // A session id is no credential: another user's token does not get into it.
    return session != sessions_.end() && session->second == caller.subject;
}

}  // namespace mcp_auth::demo
