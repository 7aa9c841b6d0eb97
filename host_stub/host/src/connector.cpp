#include "connector.hpp"

#include "http_head.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace mcp_auth::host {
namespace {

using Poco::Net::SocketAddress;

Error misconfigured(std::string message) {
    return {Status::misconfigured, "", std::move(message)};
}

Error not_connected(const IoLimit& limit, int fault) {
    return {Status::unavailable, "",
            "connecting to " + limit.peer() + " failed: " + std::generic_category().message(fault)};
}

}  // namespace

std::string authority(const Url& url, bool always_port) {
    const std::string& host = url.host();
    std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    const int usual = url.secure() ? 443 : 80;
    if (always_port || url.port() != usual) out += ":" + std::to_string(url.port());
    return out;
}

Result<Connector> Connector::from(const PolicyConfig& policy, std::chrono::milliseconds connect,
                                  NameLookUp look_up) {
    auto addresses = AddressPolicy::from(policy);
    if (!addresses) return std::move(addresses).error();
    Connector out(std::move(*addresses), connect, std::move(look_up));
    if (!policy.proxy.empty()) {
        auto proxy = Url::parse(policy.proxy);
        if (!proxy) return misconfigured("policy.proxy: " + proxy.error().message);
        if (proxy->secure() || (!proxy->path().empty() && proxy->path() != "/") ||
            proxy->has_query())
            return misconfigured(
                "policy.proxy: only a proxy of the form \"http://host:port\" can be used");
        out.proxy_ = std::move(*proxy);
    }
    return out;
}

bool Connector::through_proxy(const Url& url) const {
    return proxy_ && url.secure() && !is_loopback_host(url.host());
}

Result<std::unique_ptr<Stream>> Connector::connect_address(const SocketAddress& address,
                                                           IoLimit& limit) const {
    // Not left to Poco: a program that the application starts must not inherit the connection.
    const int fd = socket(address.af(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return not_connected(limit, errno);
    try {
        Poco::Net::StreamSocket socket(new Poco::Net::StreamSocketImpl(fd));
        socket.connectNB(address);
        if (auto ready = limit.wait(fd, POLLOUT); !ready) return std::move(ready).error();
        if (const int fault = socket.impl()->socketError(); fault != 0)
            return not_connected(limit, fault);
        socket.setNoDelay(true);
        return std::make_unique<Stream>(std::move(socket));
    } catch (const Poco::Exception& exception) {
        return not_connected(limit, exception.code());
    }
}

Result<std::unique_ptr<Stream>> Connector::connect_to(const Url& url, bool checked,
                                                      IoLimit& limit) {
    auto addresses = resolver_.resolve(url.host(), url.port(), limit);
    if (!addresses) return std::move(addresses).error();
    std::optional<Error> refused;
    std::vector<SocketAddress> allowed;
    for (const SocketAddress& address : *addresses) {
        auto ok =
            checked ? policy_.check(address.addr(), url.host(), !url.secure()) : Result<void>();
        if (ok) {
            allowed.push_back(address);
        } else {
            refused = std::move(ok).error();
        }
    }
    Error last = refused ? std::move(*refused) : not_connected(limit, EADDRNOTAVAIL);
    for (std::size_t i = 0; i < allowed.size(); ++i) {
        // Each gets its part of the time, so that one that swallows everything leaves some.
        const IoLimit::Stage part(limit, limit.remaining() / static_cast<int>(allowed.size() - i),
                                  "connecting to");
        auto stream = connect_address(allowed[i], limit);
        if (stream || stream.status() != Status::unavailable) return stream;
        last = std::move(stream).error();
    }
    return last;
}

// RFC 9110 9.3.6. The proxy sees the host's name and port, and TLS after that.
Result<void> Connector::open_tunnel(Stream& stream, const Url& url, IoLimit& limit) const {
    const std::string target = authority(url, true);
    const std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n";
    if (auto sent = stream.write_all(request, limit); !sent) return sent;
    HeadReader reader(stream, limit);
    auto head = reader.read_final_head();
    if (!head) return std::move(head).error();
    const int status = head->response.status;
    if (status / 100 != 2) {
        Error error(status == 407 || status == 403 ? Status::misconfigured : Status::unavailable,
                    "",
                    "the proxy refused a connection to " + target + " with status " +
                        std::to_string(status));
        error.http_status = status;
        return error;
    }
    if (!reader.rest().empty())
        return Error(Status::protocol, "", "the proxy sent bytes before the tunnel was used");
    return {};
}

Result<std::unique_ptr<Stream>> Connector::connect(const Url& url,
                                                   const std::shared_ptr<const TlsContext>& tls,
                                                   IoLimit& limit) {
    if (auto ok = policy_.check(url); !ok) return std::move(ok).error();
    const IoLimit::Stage stage(limit, connect_, "connecting to");
    const bool tunnel = through_proxy(url);
    // The proxy is the administrator's own choice, wherever it stands.
    auto stream = connect_to(tunnel ? *proxy_ : url, !tunnel, limit);
    if (!stream) {
        if (tunnel && stream.status() == Status::unavailable)
            stream.error().message += " (through policy.proxy)";
        return stream;
    }
    if (tunnel) {
        if (auto opened = open_tunnel(**stream, url, limit); !opened)
            return std::move(opened).error();
    }
    if (url.secure()) {
        if (auto secured = (*stream)->start_tls(tls, url.host(), limit); !secured)
            return std::move(secured).error();
    }
    return stream;
}

}  // namespace mcp_auth::host
