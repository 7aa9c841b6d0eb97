// Who is signed in: what a sign-in left, kept until the sign-out under the name that a
// configuration's {"session": NAME} gives it.
//
//     auto lease = kept.lease("work", bounds);     // nobody else changes it, in no process
//     auto sign_in = kept.read("work");            // nothing: nobody is signed in
//     auto done = kept.write("work", *sign_in);
#pragma once

#include <mcp_auth/secret.hpp>

#include <mcp_auth/host/clock.hpp>
#include <mcp_auth/host/store.hpp>
#include <mcp_auth/host/wait.hpp>
#include <mcp_auth/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::host {

struct KeptSignIn {
    std::string issuer, client_id;  // whom it may be sent to, and as whom (C3)
    std::string subject;            // sub
    std::string name;               // for people; may be empty
    Secret id_token;
    std::int64_t expires_at = 0;  // of the ID token
    Secret refresh_token;         // empty: there is none
    // A rotating refresh token is sent once (K2). `sent` is written down before a byte leaves, so
    // that no process sends it again after one that died, or got no answer.
    bool sent = false;
    bool rotates = true;  // false once the server has renewed without handing out another one
};

// Any thread.
class KeptSignIns {
public:
    // `store` is theirs alone. `place`: where it is, for people.
    KeptSignIns(std::shared_ptr<Store> store, std::string place)
        : store_(std::move(store)), place_(std::move(place)) {}

    const std::string& place() const noexcept { return place_; }

    // Errors of all: the store's; misconfigured (what is kept is damaged).
    Result<std::optional<KeptSignIn>> read(const std::string& session) const;
    Result<void> write(const std::string& session, const KeptSignIn& sign_in) const;
    Result<void> erase(const std::string& session) const;
    // Who changes one holds this from reading to writing. Errors: deadline, cancelled.
    Result<std::shared_ptr<void>> lease(const std::string& session, const Bounds& bounds) const;

private:
    const std::shared_ptr<Store> store_;
    const std::string place_;
};

}  // namespace mcp_auth::host
