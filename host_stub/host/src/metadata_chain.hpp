// Asking one well-known URL after another for a metadata document (protocol.md B1, C1).
#pragma once

#include "trace.hpp"

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host {

struct MetadataDocument {
    std::string url;   // where it was found
    json::Value json;  // an object that has the identifying member
    std::string text;  // as received
    std::int64_t fresh_for = 0;
};

class MetadataChain {
public:
    // `leg` is the error's and the events'; `identifier` is the member without which a document is
    // not one ("resource", "issuer"): some servers answer 200 to everything.
    MetadataChain(HttpTransport& http, std::string_view leg, std::string_view identifier,
                  const Trace& trace, const Bounds& bounds)
        : http_(http), leg_(leg), identifier_(identifier), trace_(trace), bounds_(bounds) {}

    // The first of these URLs that has a document. Errors: what ends the chain at once (TLS or
    // policy: misconfigured; cancelled; deadline); after all were tried: unavailable if one might
    // have had it (5xx, 429, no answer), protocol if one answered with something else, else
    // misconfigured with the list of what was tried. Records one event a request.
    Result<MetadataDocument> first_of(const std::vector<std::string>& urls);

    // Said in each request besides.
    void add_header(std::string name, std::string value) {
        headers_.emplace_back(std::move(name), std::move(value));
    }

    // Records that a document was checked, and how that ended.
    void checked(const MetadataDocument& document, Status status) const;

private:
    Result<MetadataDocument> ask(const std::string& url) const;
    Result<MetadataDocument> read(const std::string& url, const Result<HttpResponse>& answer) const;

    HttpTransport& http_;
    std::string_view leg_, identifier_;
    const Trace& trace_;
    const Bounds& bounds_;
    Headers headers_{{"Accept", "application/json"}};
};

// How long a document may be kept, from Cache-Control (RFC 9111 5.2.2): seconds, at most a day; 0:
// not stated; 1: not to be kept.
std::int64_t fresh_for(const HttpResponse& response);

}  // namespace mcp_auth::host
