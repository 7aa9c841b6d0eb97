// mcp_auth/subject.hpp - the user's identity assertion, of a type that the plugin can use, and fit
// to be sent to the identity provider.
//
//     const auto subject = plugin::ask_sign_in(call, *idp, accepted,
//                                              "compare the setting accepted_subject_types");
//     if (!subject) return subject.error();
//
// Nothing throws but std::bad_alloc. protocol.md D2, D3, K.
#pragma once

#include <mcp_auth/claims.hpp>
#include <mcp_auth/id_token.hpp>
#include <mcp_auth/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::plugin {

// `accepted` are URNs, best first; `hint` says what to compare when the user's source has another.
// Errors, leg "subject": the host's; misconfigured for a source with none of them (the host's
// `unsupported` would say it of this provider) or with another; interaction_required for an empty
// one.
inline Result<Subject> ask_subject(Call& call, const std::vector<std::string>& accepted,
                                   std::string_view hint) {
    auto subject = call.subject(accepted);
    if (!subject) {
        Error error = subject.error();
        if (error.leg.empty()) error.leg = "subject";
        if (error.status == Status::unsupported) {
            error.status = Status::misconfigured;
            error.message += ": " + std::string(hint);
        }
        return error;
    }
    if (std::find(accepted.begin(), accepted.end(), subject->token_type) == accepted.end())
        return Error(Status::misconfigured, "subject",
                     "the identity assertion is of type " + shown(subject->token_type) +
                         ", which was not asked for: " + std::string(hint));
    if (subject->assertion.empty())
        return Error(Status::interaction_required, "subject",
                     "there is no identity assertion: sign in, or see that it is provided");
    return subject;
}

// RFC 8693 3: a saml2 token is the assertion in base64url. XML, or the base64 of a SAMLResponse,
// is what single sign-on hands out, and no identity provider takes it here.
// Errors, leg "subject": misconfigured.
inline Result<void> check_saml2(std::string_view assertion) {
    constexpr std::string_view base64url =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (assertion.find_first_not_of(base64url) == std::string_view::npos) return {};
    return Error(Status::misconfigured, "subject",
                 "the SAML assertion must be base64url-encoded without padding (RFC 8693 3) and "
                 "is not: encode the Assertion element in what \"subject\" points to");
}

// The same, for the identity provider of the client `idp`, and checked before use: an ID token
// (id_token.hpp, `leeway` seconds) and a SAML assertion. What else there is, is opaque.
// Errors: those of the three.
inline Result<Subject> ask_sign_in(Call& call, const Client& idp,
                                   const std::vector<std::string>& accepted, std::string_view hint,
                                   std::int64_t leeway = 60) {
    auto subject = ask_subject(call, accepted, hint);
    if (!subject) return subject;
    if (subject->token_type == MCP_AUTH_TYPE_ID_TOKEN) {
        auto checked = check_id_token(subject->assertion, idp, call.now(), leeway);
        if (!checked) return checked.error();
        call.log(Level::info, "id_token checked", {{"checks", "iss aud exp"}});
    }
    if (subject->token_type == MCP_AUTH_TYPE_SAML2) {
        if (auto checked = check_saml2(subject->assertion); !checked) return checked.error();
    }
    return subject;
}

}  // namespace mcp_auth::plugin
