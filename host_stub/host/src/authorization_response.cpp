#include "authorization_response.hpp"

#include "form_query.hpp"
#include "oauth_error.hpp"

#include <algorithm>
#include <utility>

namespace mcp_auth::host {
namespace {

Error refused(std::string message) {
    return {Status::protocol, "authorization", std::move(message)};
}

// RFC 6749 A.11.
bool is_code(std::string_view code) noexcept {
    return !code.empty() &&
           std::all_of(code.begin(), code.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace

Result<AuthorizationResponse> AuthorizationResponse::parse(std::string_view query) {
    auto parameters = parse_query(query);
    if (!parameters)
        return refused("the authorization response is malformed: " + parameters.error().message);
    const auto take = [&](std::string_view name) -> std::optional<std::string> {
        const auto found = parameters->find(name);
        if (found == parameters->end()) return std::nullopt;
        return std::move(found->second);
    };
    AuthorizationResponse response;
    response.state_ = Secret(take("state").value_or(""));
    response.iss_ = take("iss");
    response.error_ = take("error");
    response.description_ = take("error_description").value_or("");
    response.code_ = Secret(take("code").value_or(""));
    wipe_values(*parameters);
    return response;
}

Result<Secret> AuthorizationResponse::code_for(const ExpectedResponse& expected) && {
    if (expected.state.empty() || !(state_ == expected.state))
        return refused(
            "the authorization response's \"state\" is not the one that was sent: it answers "
            "another request, or somebody forged it (RFC 6749 10.12); start again");
    if (!iss_ && expected.iss_promised)
        return refused("the authorization response has no \"iss\", which " + expected.issuer +
                       " promises in its metadata (RFC 9207 2.4)");
    // RFC 9207 2.4: bytes, without normalization. The other value is a stranger's: not shown.
    if (iss_ && *iss_ != expected.issuer)
        return refused("the authorization response's \"iss\" is another than " + expected.issuer +
                       ", which was asked: two servers were mixed up (RFC 9207)");
    if (error_) {
        auto error = classify_authorization_error(std::move(*error_), description_);
        error.message.insert(0, expected.issuer + " ");
        return error;
    }
    if (!is_code(code_.reveal()))
        return refused("the authorization response has neither a usable \"code\" nor an \"error\"");
    return std::move(code_);
}

}  // namespace mcp_auth::host
