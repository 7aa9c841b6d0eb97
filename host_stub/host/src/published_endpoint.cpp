#include "published_endpoint.hpp"

#include "address_policy.hpp"
#include "url.hpp"

namespace mcp_auth::host {

Result<std::string> published_endpoint(const std::string& issuer, const json::Value& document,
                                       std::string_view name, bool allow_http_loopback) {
    const auto fault = [&](Status status, std::string_view what) {
        return Error(
            status, "server_metadata",
            "the metadata of " + issuer + ": \"" + std::string(name) + "\" " + std::string(what));
    };
    const json::Value* const member = document.find(name);
    if (member == nullptr) return fault(Status::protocol, "is missing");
    const std::string* const text = member->as_string();
    const auto url = text != nullptr ? Url::parse(*text) : Result<Url>(Error());
    if (!url) return fault(Status::protocol, "is not a URL that can be used");
    if (!url->secure() && !(allow_http_loopback && is_loopback_host(url->host())))
        return fault(Status::misconfigured, "is plain http, which anybody on the way could change");
    return *text;
}

}  // namespace mcp_auth::host
