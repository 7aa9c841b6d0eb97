#include "system_calls.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace mcp_auth::validate {
namespace {

struct Call {
    std::uint32_t number;
    unsigned kind;
    const char* name;
    int flags_argument = -1;  // which one holds the flags of open, if it is to be looked at
};

const Call calls[] = {
    {__NR_socket, network, "socket"},
    {__NR_socketpair, network, "socketpair"},
    {__NR_connect, network, "connect"},
    {__NR_bind, network, "bind"},
    {__NR_clone, processes, "clone"},
    {__NR_clone3, processes, "clone3"},
    {__NR_execve, processes, "execve"},
    {__NR_execveat, processes, "execveat"},
#ifdef __NR_fork
    {__NR_fork, processes, "fork"},
    {__NR_vfork, processes, "vfork"},
#endif
#ifdef __NR_open
    {__NR_open, writing, "open", 1},
    {__NR_open, opening, "open"},
    {__NR_creat, writing | opening, "creat"},
    {__NR_mkdir, writing, "mkdir"},
    {__NR_unlink, writing, "unlink"},
    {__NR_rename, writing, "rename"},
#endif
    {__NR_openat, writing, "openat", 2},
    {__NR_openat, opening, "openat"},
    {__NR_openat2, opening, "openat2"},
    {__NR_mkdirat, writing, "mkdirat"},
    {__NR_unlinkat, writing, "unlinkat"},
    {__NR_renameat2, writing, "renameat2"},
    {__NR_truncate, writing, "truncate"},
    {__NR_nanosleep, waiting, "nanosleep"},
    {__NR_clock_nanosleep, waiting, "clock_nanosleep"},
#ifdef __NR_poll
    {__NR_poll, waiting, "poll"},
    {__NR_select, waiting, "select"},
    {__NR_pause, waiting, "pause"},
#endif
    {__NR_ppoll, waiting, "ppoll"},
    {__NR_pselect6, waiting, "pselect6"},
};

const char* name_of_kind(unsigned kind) {
    if (kind & network) return "network";
    if (kind & processes) return "a thread or process of its own";
    if (kind & writing) return "writing a file";
    if (kind & opening) return "opening a file";
    return "waiting by itself";
}

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#elif defined(__riscv)
constexpr std::uint32_t architecture = AUDIT_ARCH_RISCV64;
#else
constexpr std::uint32_t architecture = 0;  // not tried: nothing is forbidden there
#endif

// A handler can reach nothing but what is global.
std::atomic<const Journal*> journal_of_calls{nullptr};

extern "C" void on_forbidden_call(int, siginfo_t* info, void*) {
    if (const Journal* journal = journal_of_calls.load()) journal->forbidden(info->si_syscall);
    ::_exit(1);
}

sock_filter statement(std::uint16_t code, std::uint32_t value) {
    return sock_filter{code, 0, 0, value};
}
// Skips that many statements where the comparison is false.
sock_filter unless(std::uint16_t comparison, std::uint32_t value, std::uint8_t skipped) {
    return sock_filter{static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), 0, skipped, value};
}

std::vector<sock_filter> filter_for(unsigned what) {
    constexpr std::uint16_t load = BPF_LD | BPF_W | BPF_ABS;
    constexpr std::uint16_t end = BPF_RET | BPF_K;
    constexpr std::uint32_t writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    std::vector<sock_filter> filter = {
        statement(load, offsetof(seccomp_data, arch)),
        unless(BPF_JEQ, architecture, 1),
        sock_filter{BPF_JMP | BPF_JA, 0, 0, 1},  // ours: over the next
        statement(end, SECCOMP_RET_ALLOW),
    };
    for (const Call& call : calls) {
        if ((call.kind & what) == 0) continue;
        filter.push_back(statement(load, offsetof(seccomp_data, nr)));
        if (call.flags_argument < 0) {
            filter.push_back(unless(BPF_JEQ, call.number, 1));
        } else {
            const auto argument = static_cast<std::uint32_t>(
                offsetof(seccomp_data, args) +
                sizeof(std::uint64_t) * static_cast<std::size_t>(call.flags_argument));
            filter.push_back(unless(BPF_JEQ, call.number, 3));
            filter.push_back(statement(load, argument));  // its lower half, on little endian
            filter.push_back(unless(BPF_JSET, writes, 1));
        }
        filter.push_back(statement(end, SECCOMP_RET_TRAP));
    }
    filter.push_back(statement(end, SECCOMP_RET_ALLOW));
    return filter;
}

}  // namespace

Result<void> forbid(unsigned what, const Journal& journal) {
    const auto unsupported = [](const std::string& why) {
        return Error(Status::unsupported, "", "system calls cannot be watched here: " + why);
    };
    if (architecture == 0 || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return unsupported("this machine is not known");
    journal_of_calls.store(&journal);
    struct sigaction action {};
    action.sa_sigaction = on_forbidden_call;
    action.sa_flags = SA_SIGINFO;
    std::vector<sock_filter> filter = filter_for(what);
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    if (::sigaction(SIGSYS, &action, nullptr) != 0 ||
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return unsupported(std::string(::strerrordesc_np(errno)));
    return {};
}

std::string name_of_system_call(long number) {
    for (const Call& call : calls)
        if (call.number == static_cast<std::uint32_t>(number))
            return std::string(call.name) + " (" + name_of_kind(call.kind) + ")";
    return "system call " + std::to_string(number);
}

}  // namespace mcp_auth::validate
