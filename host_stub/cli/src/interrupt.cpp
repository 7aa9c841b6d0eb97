#include "interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

namespace mcp_auth::cli {
namespace {

// A handler can reach nothing but what is global.
std::atomic<int> wake_up{-1};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_interrupt(int) {
    const int saved = errno;
    const int descriptor = wake_up.load();
    if (descriptor >= 0) {
        const char one = 1;
        [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, 1);
    }
    errno = saved;
}
extern "C" void on_broken_pipe(int) {}

void handle(int signal, void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    ::sigaction(signal, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt(Cancellation cancellation) {
    handle(SIGPIPE, on_broken_pipe, SA_RESTART);
    if (::pipe2(pipe_, O_CLOEXEC) != 0) return;  // signals then keep their defaults
    wake_up.store(pipe_[1]);
    listener_ = std::thread([descriptor = pipe_[0], cancellation]() mutable {
        char signal = 0;
        ssize_t read = 0;
        do read = ::read(descriptor, &signal, 1);
        while (read < 0 && errno == EINTR);
        if (read == 1) cancellation.cancel();  // 0: the command is done
    });
    handle(SIGINT, on_interrupt, static_cast<int>(SA_RESTART | SA_RESETHAND));
    handle(SIGTERM, on_interrupt, static_cast<int>(SA_RESTART | SA_RESETHAND));
}

Interrupt::~Interrupt() {
    if (!listener_.joinable()) return;
    handle(SIGINT, SIG_DFL, 0);
    handle(SIGTERM, SIG_DFL, 0);
    wake_up.store(-1);
    ::close(pipe_[1]);
    listener_.join();
    ::close(pipe_[0]);
}

}  // namespace mcp_auth::cli
