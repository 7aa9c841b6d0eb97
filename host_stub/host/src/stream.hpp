// A connected socket, with or without TLS, whose reads and writes end in time.
#pragma once

#include "io_limit.hpp"
#include "tls_context.hpp"

#include <mcp_auth/result.hpp>

#include <Poco/Net/StreamSocket.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mcp_auth::host {

class Stream {
public:
    // `socket` is connected and non-blocking.
    explicit Stream(const Poco::Net::StreamSocket& socket);  // shares it
    ~Stream();  // says goodbye (close_notify) if that needs no waiting
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // Errors: misconfigured (certificate, name, version, cipher: why is in the message),
    // unavailable (closed), and those of IoLimit.
    Result<void> start_tls(std::shared_ptr<const TlsContext> context, const std::string& host,
                           IoLimit& limit);

    // At least one byte, or 0 at the end; clean_end() says whether the peer meant it. A reset is
    // an unclean end. Errors: misconfigured (a TLS alert), protocol (broken TLS), those of IoLimit.
    Result<std::size_t> read_some(char* into, std::size_t size, IoLimit& limit);
    // False where an attacker could have cut the connection: TLS without close_notify (RFC
    // 8446 6.1).
    bool clean_end() const noexcept { return clean_end_; }

    // Errors: unavailable (closed), those of IoLimit.
    Result<void> write_all(std::string_view bytes, IoLimit& limit);

    // Whether an idle connection can take another request: nothing has arrived on it, neither an
    // end nor bytes that nobody asked for. Never blocks.
    bool idle_and_open();

private:
    enum class Progress { again, done, ended, broken };
    // After a call into OpenSSL that returned `result`: waits for what it wants.
    Result<Progress> after(int result, IoLimit& limit);

    Poco::Net::StreamSocket socket_;
    int fd_;
    std::shared_ptr<const TlsContext> context_;  // outlives the session
    TlsContext::SessionPointer session_;
    bool clean_end_ = false;
    bool answer_awaited_ = false;
    bool broken_ = false;
};

}  // namespace mcp_auth::host
