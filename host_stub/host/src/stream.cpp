#include "stream.hpp"

#include "tls_fault.hpp"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t most_at_once = 1 << 20;  // OpenSSL counts in int

Error closed(const IoLimit& limit) {
    return {Status::unavailable, "", limit.peer() + " closed the connection"};
}

}  // namespace

Stream::Stream(const Poco::Net::StreamSocket& socket)
    : socket_(socket), fd_(socket_.impl()->sockfd()) {}

Stream::~Stream() {
    // After a fatal error there is no session to end (RFC 8446 6.2).
    if (session_ && !broken_) SSL_shutdown(session_.get());
    ERR_clear_error();
}

Result<Stream::Progress> Stream::after(int result, IoLimit& limit) {
    const int fault = SSL_get_error(session_.get(), result);
    switch (fault) {
    case SSL_ERROR_NONE: return Progress::done;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: {
        auto ready = limit.wait(fd_, fault == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
        if (!ready) {
            broken_ = true;  // in the middle of something
            return std::move(ready).error();
        }
        return Progress::again;
    }
    case SSL_ERROR_ZERO_RETURN: clean_end_ = true; return Progress::ended;
    case SSL_ERROR_SYSCALL: broken_ = true; return Progress::ended;
    default: break;
    }
    broken_ = true;
    // The peer went away without a word; everything else is a fault of TLS.
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ERR_clear_error();
        return Progress::ended;
    }
    return Progress::broken;
}

Result<void> Stream::start_tls(std::shared_ptr<const TlsContext> context, const std::string& host,
                               IoLimit& limit) {
    context_ = std::move(context);
    auto session = context_->session(fd_, host);
    if (!session) return std::move(session).error();
    session_ = std::move(*session);
    for (;;) {
        ERR_clear_error();
        auto progress = after(SSL_do_handshake(session_.get()), limit);
        if (!progress) return std::move(progress).error();
        switch (*progress) {
        case Progress::again: continue;
        case Progress::done: return {};
        case Progress::ended: broken_ = true; return closed(limit);
        case Progress::broken: break;
        }
        return Error(Status::misconfigured, "",
                     "TLS with " + limit.peer() + " failed: " + handshake_fault(session_.get()));
    }
}

Result<std::size_t> Stream::read_some(char* into, std::size_t size, IoLimit& limit) {
    size = std::min(size, most_at_once);
    // A peer that always has one more byte never lets us wait, and must end in time as well.
    if (auto ok = limit.check(); !ok) return std::move(ok).error();
    for (;;) {
        if (!session_) {
            // The answer to what was just written is never there yet: not asked for in vain.
            if (std::exchange(answer_awaited_, false)) {
                if (auto ready = limit.wait(fd_, POLLIN); !ready) return std::move(ready).error();
            }
            const auto got = recv(fd_, into, size, 0);
            if (got >= 0) {
                clean_end_ = got == 0;
                return static_cast<std::size_t>(got);
            }
            if (errno != EAGAIN && errno != EINTR) return std::size_t{0};  // reset
            if (auto ready = limit.wait(fd_, POLLIN); !ready) return std::move(ready).error();
            continue;
        }
        ERR_clear_error();
        const int got = SSL_read(session_.get(), into, static_cast<int>(size));
        auto progress = after(got, limit);
        if (!progress) return std::move(progress).error();
        switch (*progress) {
        case Progress::again: continue;
        case Progress::done: return static_cast<std::size_t>(got);
        case Progress::ended: return std::size_t{0};
        case Progress::broken: break;
        }
        // TLS 1.3 refuses a client's certificate only after the handshake.
        const int reason = ERR_GET_REASON(ERR_peek_error());
        const bool alert = reason > SSL_AD_REASON_OFFSET;
        return Error(alert ? Status::misconfigured : Status::protocol, "",
                     "TLS with " + limit.peer() + " failed: " + handshake_fault(session_.get()));
    }
}

Result<void> Stream::write_all(std::string_view bytes, IoLimit& limit) {
    while (!bytes.empty()) {
        if (auto ok = limit.check(); !ok) return ok;
        const auto size = std::min(bytes.size(), most_at_once);
        if (!session_) {
            const auto sent = send(fd_, bytes.data(), size, MSG_NOSIGNAL);
            if (sent >= 0) {
                answer_awaited_ = true;
                bytes.remove_prefix(static_cast<std::size_t>(sent));
                continue;
            }
            if (errno != EAGAIN && errno != EINTR) return closed(limit);
            if (auto ready = limit.wait(fd_, POLLOUT); !ready) return ready;
            continue;
        }
        ERR_clear_error();
        const int sent = SSL_write(session_.get(), bytes.data(), static_cast<int>(size));
        auto progress = after(sent, limit);
        if (!progress) return std::move(progress).error();
        switch (*progress) {
        case Progress::again: continue;
        case Progress::done: bytes.remove_prefix(static_cast<std::size_t>(sent)); continue;
        case Progress::ended:
        case Progress::broken: ERR_clear_error(); return closed(limit);
        }
    }
    return {};
}

bool Stream::idle_and_open() {
    char byte = 0;
    if (!session_) return recv(fd_, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
    // What arrived may be a session ticket (RFC 8446 4.6.1), which is no end: OpenSSL takes it in.
    ERR_clear_error();
    const int got = SSL_read(session_.get(), &byte, 1);
    const bool open = got <= 0 && SSL_get_error(session_.get(), got) == SSL_ERROR_WANT_READ;
    if (!open && got <= 0) broken_ = SSL_get_error(session_.get(), got) != SSL_ERROR_ZERO_RETURN;
    ERR_clear_error();
    return open;
}

}  // namespace mcp_auth::host
