// mcp_auth/host/sign_in.hpp - single sign-on: the user signs in once, at the enterprise's identity
// provider, and the host keeps the session that a configuration's {"session": NAME} names.
//
//     mcp_auth::SignIn how;                                   // the one session there is
//     auto who = host.sign_in(how, bounds);                   // opens the browser, and waits
//     if (who) greet(who->name);
//     ...
//     host.sign_out({}, bounds);                              // and all that was derived is gone
//
// OpenID Connect: the code flow with PKCE and a nonce, or the device flow (RFC 8628) where there is
// no browser. The ID token is verified; it and the refresh token never leave the host but to the
// identity provider. Where the session is kept: Options::session_directory. A sign-out in another
// process ends the session for this one, too; an access token that is here already is used until it
// expires, which no sign-out could change for whoever else holds it.
#pragma once

#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace mcp_auth {

// Which session is meant. Both empty: the only one that the configuration has.
struct SessionChoice {
    std::string session;   // NAME of {"session": NAME}
    std::string provider;  // key of "providers" whose subject it is
};

// What a user needs who signs in on another device (RFC 8628 3.3).
struct DevicePrompt {
    std::string verification_uri;           // to be opened there
    std::string verification_uri_complete;  // the same with the code, for a QR code; or empty
    std::string user_code;                  // to be typed there
    std::chrono::seconds lifetime{0};       // of the code
};
// Shows it and returns. On a thread of the host.
using ShowDevicePrompt = std::function<void(const DevicePrompt&)>;

struct SignIn {
    SessionChoice which;
    // A step up, as an Error with interaction_required asks for it; else left out.
    std::optional<std::chrono::seconds> max_age;
    std::string acr_values;
    ShowDevicePrompt device;  // given: the device flow; else the browser
};

// Who is signed in. No part of a token.
struct SignedIn {
    std::string session;
    std::string issuer, client_id;
    std::string subject;  // `sub`
    std::string name;     // for people, in the identity provider's words; may be empty
    std::chrono::system_clock::time_point expires_at;  // of the ID token
    bool renewable = false;  // it is renewed before that, without the user
    std::string kept;        // where: "in memory", a directory, the desktop's keyring
};

struct SignedOut {
    bool was_signed_in = false;
    // Whether the identity provider took the refresh token back (RFC 7009); why not, if not.
    bool revoked = false;
    std::string not_revoked_because;
};

}  // namespace mcp_auth
