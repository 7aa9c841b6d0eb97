// The first message of a wire without a token, for its challenge.
#include "exchange.hpp"

namespace mcp_auth::mcp {

Result<HttpResponse> probe(HttpTransport& transport, const std::string& url, const Headers& headers,
                           const ClientOptions& options, const Bounds& bounds) {
    Wire wire;
    wire.protocol = options.protocol;
    HttpRequest request;
    const WipedHeaders sent(request.headers);
    request.method = "POST";
    request.url = url;
    request.headers = message_headers(wire, opening_method(wire), {});
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    request.body = request_text(1, opening_method(wire), opening_params(wire, options));
    // Only the head is of interest; an answer that streams for ever must not hold us.
    const BodyReader no_body = [](const HttpResponse&, std::string_view) { return false; };
    Result<HttpResponse> response =
        send_once(transport, request, opening_method(wire), options, bounds, no_body);
    if (!response && response.error().leg.empty()) response.error().leg = "mcp";
    return response;
}

}  // namespace mcp_auth::mcp
