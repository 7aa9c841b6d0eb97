// Memory that runs out in the middle of something: what was counted stays right. And memory that
// is not taken because somebody says so.
#include "elf_symbols.hpp"
#include "freed_memory.hpp"
#include "http_exchange.hpp"
#include "io_limit.hpp"
#include "name_resolution.hpp"
#include "trusted_file.hpp"

#include <Poco/Net/StreamSocketImpl.h>
#include <gtest/gtest.h>

#include <link.h>
#include <netdb.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <thread>

namespace mcp_auth::secrets {
namespace {

// 32 look-ups may wait at once: no less and no more, though some had not even begun.
TEST(ScarceMemory, LeavesTheNumberOfNameLookUpsRight) {
    struct Resolving {
        std::atomic<bool> held{false};
        std::atomic<int> begun{0}, ended{0};
        const std::string more = std::string(100, 'x');
    };
    const auto state = std::make_shared<Resolving>();
    host::NameResolver resolver([state](const std::string&, auto&) {
        ++state->begun;
        while (state->held) std::this_thread::yield();
        ++state->ended;
        return EAI_NONAME;
    });
    host::WakeSignals signals;
    const auto resolve = [&](std::chrono::milliseconds time) {
        host::IoLimit limit({}, time, signals);
        const auto found =
            resolver.resolve("a.name.that.no.string.has.room.for.example", 443, limit);
        EXPECT_FALSE(found);
        return found ? std::string() : found.error().message;
    };
    int ran_out = 0;
    for (int count = 0; count < 40; ++count) try {
            fail_after_allocations(count);
            (void)resolve(std::chrono::seconds(30));
            fail_after_allocations(-1);
        } catch (const std::bad_alloc&) {
            ++ran_out;
        }
    fail_after_allocations(-1);
    EXPECT_GT(ran_out, 2);
    // What ended is let go of a moment after its answer was there.
    state->held = true;
    const auto before = state->begun.load();
    while (state->begun < before + 32) (void)resolve(std::chrono::milliseconds(2));
    EXPECT_NE(resolve(std::chrono::seconds(30)).find("too many look-ups"), std::string::npos);
    state->held = false;
    while (state->ended < before + 32) std::this_thread::yield();
}

// What there is of an answer when there is no room for the rest of it.
TEST(ScarceMemory, LeavesNothingOfAnAnswer) {
    constexpr std::string_view canary = "canary-bytes that do not fit inside of a string.";
    std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int chunks = 0; chunks < 8; ++chunks)
        answer.append("1000\r\n").append(canary).append(0x1000 - canary.size(), 'x').append("\r\n");
    answer += "0\r\n\r\n";
    host::WakeSignals signals;
    HttpRequest request;
    const Secret sent("GET / HTTP/1.1\r\n\r\n");
    int ran_out = 0, whole = 0;
    for (int count = 0; count < 100; ++count) {
        int ends[2] = {-1, -1};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        const host::FileDescriptor peer(ends[1]);
        ASSERT_EQ(::write(peer.get(), answer.data(), answer.size()),
                  static_cast<ssize_t>(answer.size()));
        host::Stream stream(Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(ends[0])));
        host::IoLimit limit({}, std::chrono::seconds(30), signals);
        bool anything_arrived = false;
        const FreedMemory freed({canary});
        try {
            fail_after_allocations(count);
            auto done = host::exchange(stream, sent, request, {}, limit, anything_arrived);
            fail_after_allocations(-1);
            ASSERT_TRUE(done);
            EXPECT_EQ(done->response.body.size(), 0x8000U);
            wipe(done->response.body);
            ++whole;
        } catch (const std::bad_alloc&) {
            fail_after_allocations(-1);
            ++ran_out;
        }
        EXPECT_EQ(freed.blocks(), 0U) << count << " allocations";
    }
    EXPECT_GT(ran_out, 4);
    EXPECT_GT(whole, 0);
}

// A fuzzer found it: a header of 64 bytes took 3.6 MB, and 5 ms to clear it.
TEST(ScarceMemory, IsNotTakenForWhatALibraryOnlySaysItHas) {
    // Of this machine: the header of this program, made that of a library without segments to read.
    ElfW(Ehdr) header{};
    std::ifstream self("/proc/self/exe", std::ios::binary);
    ASSERT_TRUE(self.read(reinterpret_cast<char*>(&header), sizeof header));
    header.e_type = ET_DYN;
    header.e_phentsize = sizeof(ElfW(Phdr));
    header.e_phnum = 0xfe01;
    const host::FileDescriptor file(::memfd_create("library", MFD_CLOEXEC));
    ASSERT_EQ(::write(file.get(), &header, sizeof header), static_cast<ssize_t>(sizeof header));
    (void)largest_allocation();
    EXPECT_FALSE(host::exported_symbols(file.get()));
    EXPECT_LT(largest_allocation(), 4096U);
}

}  // namespace
}  // namespace mcp_auth::secrets
