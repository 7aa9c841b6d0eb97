// From a URL to a connection that is safe to speak on: name, checked address, proxy, TLS.
#pragma once

#include "address_policy.hpp"
#include "config.hpp"
#include "io_limit.hpp"
#include "name_resolution.hpp"
#include "stream.hpp"
#include "tls_context.hpp"
#include "url.hpp"

#include <mcp_auth/result.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace mcp_auth::host {

class Connector {
public:
    // Errors: misconfigured (a network that is not CIDR, a proxy that is no http:// URL).
    static Result<Connector> from(const PolicyConfig& policy, std::chrono::milliseconds connect,
                                  NameLookUp look_up);

    // Before anything is looked up: scheme and literals. Errors: misconfigured.
    Result<void> check(const Url& url) const { return policy_.check(url); }

    // Tries each address that the policy allows, in the resolver's order. Every address is checked
    // and then connected to itself, so that a name cannot change in between (DNS rebinding, L2).
    // Behind a proxy the proxy resolves; loopback never goes through it.
    // Errors: misconfigured (policy, TLS trust), unavailable (name, connect, time_limits.connect),
    // protocol (the proxy's answer), and those of the limit.
    Result<std::unique_ptr<Stream>> connect(const Url& url,
                                            const std::shared_ptr<const TlsContext>& tls,
                                            IoLimit& limit);

private:
    Connector(AddressPolicy policy, std::chrono::milliseconds connect, NameLookUp look_up)
        : policy_(std::move(policy)), connect_(connect), resolver_(std::move(look_up)) {}
    bool through_proxy(const Url& url) const;
    Result<std::unique_ptr<Stream>> connect_to(const Url& url, bool checked, IoLimit& limit);
    Result<std::unique_ptr<Stream>> connect_address(const Poco::Net::SocketAddress& address,
                                                    IoLimit& limit) const;
    Result<void> open_tunnel(Stream& stream, const Url& url, IoLimit& limit) const;

    AddressPolicy policy_;
    std::chrono::milliseconds connect_;
    std::optional<Url> proxy_;
    NameResolver resolver_;
};

// "host:port" with the brackets that IPv6 needs (RFC 9110 7.2).
std::string authority(const Url& url, bool always_port);

}  // namespace mcp_auth::host
