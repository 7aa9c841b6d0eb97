#include "wire_fault.hpp"

#include "listener.hpp"

#include <Poco/Net/HTTPMessage.h>

#include <algorithm>
#include <ostream>

namespace mcp_auth::demo {
namespace {

using Poco::Net::HTTPResponse;

constexpr std::size_t too_much = 8UL * 1024 * 1024;
constexpr int drip_milliseconds = 20;
constexpr int longest_drip = 60'000 / drip_milliseconds;

void head(int status, const HeaderList& headers, Poco::Net::HTTPServerResponse& response) {
    const auto code = static_cast<HTTPResponse::HTTPStatus>(status);
    response.setStatusAndReason(code, HTTPResponse::getReasonForStatus(code));
    for (const auto& [name, value] : headers) response.add(name, value);
}

HeaderList typed(const ScriptedAnswer& answer) {
    HeaderList headers = answer.headers;
    const bool has_type = std::any_of(headers.begin(), headers.end(), [](const auto& header) {
        return equal_ignoring_case(header.first, "Content-Type");
    });
    if (!has_type && !answer.body.empty()) headers.emplace_back("Content-Type", "application/json");
    return headers;
}

void never_end(const std::string& body, Poco::Net::HTTPServerResponse& response,
               const StopSignal& stop) {
    response.setChunkedTransferEncoding(true);
    std::ostream& out = response.send();
    for (int i = 0; i < longest_drip && out.good(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        out.put(at < body.size() ? body[at] : ' ').flush();
        if (stop.wait(drip_milliseconds)) return;
    }
}

void send_too_much(const std::string& body, Poco::Net::HTTPServerResponse& response,
                   const StopSignal& stop) {
    response.setChunkedTransferEncoding(true);
    std::ostream& out = response.send();
    std::string piece;
    while (piece.size() < 16UL * 1024) piece += body.empty() ? "                " : body;
    for (std::size_t sent = 0; sent < too_much && out.good() && !stop.raised();
         sent += piece.size())
        out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush();
}

void send_raw(const std::string& bytes, Poco::Net::StreamSocket& socket) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const int now =
            socket.sendBytes(bytes.data() + sent, static_cast<int>(bytes.size() - sent));
        if (now <= 0) return;
        sent += static_cast<std::size_t>(now);
    }
}

}  // namespace

void send(const Answer& answer, Poco::Net::HTTPServerResponse& response) {
    head(answer.status, answer.headers, response);
    if (!answer.streamed) {
        response.sendBuffer(answer.body.data(), answer.body.size());
        return;
    }
    // In two pieces that split an event, as a network may.
    response.setChunkedTransferEncoding(true);
    std::ostream& out = response.send();
    const auto half = static_cast<std::streamsize>(answer.body.size() / 2);
    out.write(answer.body.data(), half).flush();
    out.write(answer.body.data() + half, static_cast<std::streamsize>(answer.body.size()) - half)
        .flush();
}

bool send(const ScriptedAnswer& answer, Poco::Net::HTTPServerResponse& response,
          Poco::Net::StreamSocket& socket, const StopSignal& stop) {
    if (answer.wire == Wire::whole) {
        send(Answer{answer.status, typed(answer), answer.body, false}, response);
        return response.getKeepAlive();
    }
    response.setKeepAlive(false);
    switch (answer.wire) {
    case Wire::whole:
    case Wire::close_before: break;
    case Wire::raw: send_raw(answer.body, socket); break;
    case Wire::close_in_the_middle: {
        head(answer.status, typed(answer), response);
        const std::size_t promised = std::max<std::size_t>(2, answer.body.size() * 2);
        response.setContentLength64(static_cast<Poco::Int64>(promised));
        response.send().write(answer.body.data(), static_cast<std::streamsize>(answer.body.size()));
        break;
    }
    case Wire::never_ends:
        head(answer.status, typed(answer), response);
        never_end(answer.body, response, stop);
        break;
    case Wire::too_large:
        head(answer.status, typed(answer), response);
        send_too_much(answer.body, response, stop);
        break;
    }
    return false;
}

}  // namespace mcp_auth::demo
