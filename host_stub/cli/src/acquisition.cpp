#include "acquisition.hpp"

namespace mcp_auth::cli {

Result<AccessToken> acquire(const Invocation& run, const Host& host, const std::string& server_url,
                            const std::string& scope, const mcp::ClientOptions& client) {
    Result<Connection> connection = host.connection(server_url);
    if (!connection) return connection.error();
    const Wait wait = run.wait(scope);
    Request request = connection->request(wait);
    Result<Headers> headers = request.authorize("POST", server_url);
    if (!headers) return headers.error();
    const WipedHeaders shown(*headers);
    if (request.token()) return *request.token();

    Result<HttpResponse> answer =
        mcp::probe(*host.transport(), server_url, *headers, client, run.bounds());
    if (!answer) return answer.error();
    if (request.again(answer->status, answer->headers)) {
        Result<Headers> others = request.authorize("POST", server_url);
        if (!others) return others.error();
        const WipedHeaders others_shown(*others);
        if (request.token()) return *request.token();
    }
    if (request.error()) return *request.error();
    return connection->token(wait);
}

}  // namespace mcp_auth::cli
