// Writes an answer as HTTP wants it, or broken in the way that a test asked for.
#pragma once

#include "http.hpp"

#include <mcp_auth/demo/wire.hpp>

#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/StreamSocket.h>

namespace mcp_auth::demo {

class StopSignal;

void send(const Answer& answer, Poco::Net::HTTPServerResponse& response);

// False: the connection cannot be used again. Throws when the peer is gone.
bool send(const ScriptedAnswer& answer, Poco::Net::HTTPServerResponse& response,
          Poco::Net::StreamSocket& socket, const StopSignal& stop);

}  // namespace mcp_auth::demo
