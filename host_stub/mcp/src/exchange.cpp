#include "exchange.hpp"

#include "resumption.hpp"

#include <mcp_auth/host/echo.hpp>
#include <mcp_auth/host/retry_after.hpp>

#include <optional>
#include <utility>

namespace mcp_auth::mcp {
namespace {

constexpr std::size_t max_ignored_bytes = 64 * 1024;

std::string origin_of(const std::string& url) {
    const std::size_t authority = url.find("://");
    return authority == std::string::npos ? std::string()
                                          : url.substr(0, url.find_first_of("/?#", authority + 3));
}

void answer_server(Endpoint& endpoint, const Message& asked, const Bounds& bounds) {
    // 2026-07-28: a server must not ask, and a client must not answer.
    if (endpoint.wire.stateless()) return;
    Outgoing outgoing;
    outgoing.method = "response";
    outgoing.headers = message_headers(endpoint.wire, {}, {});
    outgoing.body = asked.method == "ping"
                        ? result_text(asked.id)
                        : error_text(asked.id, method_not_found, "Method not found");
    // Best effort: a server that cannot take it will say so in its own answer, or not at all.
    (void)tell(endpoint, outgoing, bounds);
}

void add_retry_after(Error& error, const HttpResponse& response, const ClientOptions& options) {
    if (error.status != Status::unavailable) return;
    const auto clock = options.clock ? options.clock : system_clock();
    error.retry_after = retry_after_of(response, clock->wall());
}

// L4: a server that quotes the token in its error. The code says enough.
void withhold_echoes(const ShownCredentials& shown, Failure& failure) {
    if (!failure.rpc) return;
    if (shown.repeated_in(failure.rpc->message)) {
        failure.rpc->message = withheld;
        failure.error.description = withheld;
    }
    if (shown.repeated_in(failure.rpc->data.dump())) failure.rpc->data = json::Value();
}

}  // namespace

Result<HttpResponse> send_authorized(Endpoint& endpoint, const Outgoing& outgoing,
                                     const Bounds& bounds,
                                     const std::function<BodyReader()>& reader_for_try) {
    const std::unique_ptr<Authorizer> authorizer = endpoint.authorizers(bounds);
    for (;;) {
        Result<Headers> authorization = authorizer->authorize(outgoing.http_method, endpoint.url);
        if (!authorization) return authorization.error();
        const WipedHeaders shown(*authorization);
        endpoint.shown.add(*authorization);

        HttpRequest request;
        const WipedHeaders sent(request.headers);
        request.method = outgoing.http_method;
        request.url = endpoint.url;
        request.headers = outgoing.headers;
        request.headers.insert(request.headers.end(), authorization->begin(), authorization->end());
        request.body = outgoing.body;
        Result<HttpResponse> response = send_once(*endpoint.transport, request, outgoing.method,
                                                  endpoint.options, bounds, reader_for_try());
        if (!response) {
            if (response.error().leg.empty()) response.error().leg = "mcp";
            return response;
        }
        if (authorizer->again(response->status, response->headers)) continue;
        if (response->status == 401 || response->status == 403) {
            // Why there is no other try says more than the status does.
            if (std::optional<Error> why = authorizer->error()) return std::move(*why);
        }
        return response;
    }
}

Result<HttpResponse> send_once(HttpTransport& transport, const HttpRequest& request,
                               std::string_view method, const ClientOptions& options,
                               const Bounds& bounds, const BodyReader& reader) {
    if (!options.audit) return transport.send(request, bounds, reader);

    const std::shared_ptr<Clock> clock = options.clock ? options.clock : system_clock();
    const Deadline begun = clock->now();
    Result<HttpResponse> response = transport.send(request, bounds, reader);
    AuditEvent event;
    event.at = clock->wall();
    event.leg = "mcp";
    event.peer = origin_of(request.url);
    event.duration = std::chrono::duration_cast<std::chrono::microseconds>(clock->now() - begun);
    event.event = "asked";
    event.status = response.status();
    if (response) {
        event.http_status = response->status;
        if (response->status == 401 || response->status == 403) event.event = "challenged";
    }
    event.fields.emplace_back("method", method);
    options.audit->record(event);
    return response;
}

Answer<Exchanged> ask(Endpoint& endpoint, std::string_view method, json::Value params,
                      std::string_view name, const Headers& more, const Bounds& bounds) {
    const std::int64_t id = endpoint.next_id++;
    Outgoing outgoing;
    outgoing.method = method;
    outgoing.headers = message_headers(endpoint.wire, method, name);
    outgoing.headers.insert(outgoing.headers.end(), more.begin(), more.end());
    outgoing.body =
        request_text(id, method, with_meta(std::move(params), endpoint.wire, endpoint.options));

    std::optional<AnswerReader> reader;
    const auto new_reader = [&]() -> BodyReader {
        reader.emplace(id, endpoint.options.max_message_bytes,
                       [&](const Message& asked) { answer_server(endpoint, asked, bounds); });
        return [&reader](const HttpResponse& head, std::string_view piece) {
            return reader->take(head, piece);
        };
    };
    Result<HttpResponse> response = send_authorized(endpoint, outgoing, bounds, new_reader);
    // 2026-07-28 has no resumption: there the end of the stream is the end of the request.
    if (reader && !endpoint.wire.stateless())
        response = read_on(endpoint, *reader, std::move(response), bounds);
    if (!response) return response.error();
    Answer<Message> message = reader->finish(*response);
    if (!message) {
        Failure failure = message.failure();
        add_retry_after(failure.error, *response, endpoint.options);
        withhold_echoes(endpoint.shown, failure);
        return failure;
    }
    return Exchanged{std::move(message->result), std::move(*response)};
}

Result<void> tell(Endpoint& endpoint, const Outgoing& outgoing, const Bounds& bounds) {
    const auto ignore_body = []() -> BodyReader {
        return [read = std::size_t{0}](const HttpResponse&, std::string_view piece) mutable {
            read += piece.size();
            return read < max_ignored_bytes;
        };
    };
    Result<HttpResponse> response = send_authorized(endpoint, outgoing, bounds, ignore_body);
    if (!response) return response.error();
    if (response->status >= 200 && response->status <= 299) return {};
    Error error = http_failure(*response);
    add_retry_after(error, *response, endpoint.options);
    return error;
}

}  // namespace mcp_auth::mcp
