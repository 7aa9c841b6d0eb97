// http/1: one request to an origin that the connection lists.
#include "services.hpp"

#include "host_state.hpp"
#include "wiped_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mcp_auth::host {

namespace {

Result<void> may_go(const CallState& state, std::string_view text) {
    const auto url = Url::parse(text);
    if (!url) return url.error();
    for (const auto& listed : state.connection.origins) {
        const auto origin = Url::parse(listed);
        if (origin && origin->same_origin(*url)) return {};
    }
    return Error{Status::misconfigured, "http",
                 fmt::format("{} is not among the connection's \"origins\"", url->origin())};
}

mcp_auth_status send(mcp_auth_call* call, const mcp_auth_http_request* in,
                     mcp_auth_http_response* out, mcp_auth_failure* failure) {
    return serve(call, failure, {in, out}, [&](CallState& state) -> Result<void> {
        const auto asked = read_in(in);
        if (!readable(asked.headers))
            return Error{Status::internal, "host", "the plugin gave fields that cannot be read"};
        if (auto allowed = may_go(state, view(asked.url)); !allowed) return allowed;
        WipedExchange wiped;
        HttpRequest& request = wiped.request;
        request.method = view(asked.method);
        request.url = view(asked.url);
        request.body = view(asked.body);
        for (std::size_t i = 0; i < asked.headers.count; ++i)
            request.headers.emplace_back(view(asked.headers.ptr[i].name),
                                         view(asked.headers.ptr[i].value));
        auto response =
            send_leg(*state.host.sending(), request, "http", state.trace_here(), state.bounds);
        if (!response) return std::move(response).error();
        wiped.take(*std::move(response));
        mcp_auth_http_response answer{};
        answer.status = static_cast<std::uint32_t>(wiped.response.status);
        answer.headers = state.keep(wiped.response.headers);
        answer.body = state.keep(wiped.response.body);
        write_out(answer, out);
        return {};
    });
}

}  // namespace

const mcp_auth_http_v1* http_service() noexcept {
    static const mcp_auth_http_v1 table{send};
    return &table;
}

}  // namespace mcp_auth::host
