#include "build_kind.hpp"
#include "corpus.hpp"
#include "process_state.hpp"
#include "tests.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>

namespace mcp_auth::validate {
namespace {

using Place = testing::Leak::Place;

Verdict shows_no_secret(Trial& trial, Place place) {
    Verdict verdict = Verdict::pass();
    Corpus corpus(trial);
    corpus.each([&](Played& played) {
        for (const testing::Leak& leak : played.world.leaks())
            if (leak.place == place)
                verdict =
                    Verdict::fail("a secret shows in " + leak.where + " (" + played.story + ")");
        return bool(verdict);
    });
    return verdict;
}

// Of our own stdout and stderr, which are one file here.
std::string written_since(off_t before) {
    std::fflush(nullptr);
    std::string text(64 * 1024, '\0');
    const ssize_t size = ::pread(STDOUT_FILENO, text.data(), text.size(), before);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

bool shows(const std::string& text, const std::vector<std::string>& secrets) {
    constexpr std::size_t window = 12;
    for (const std::string& secret : secrets)
        for (std::size_t at = 0; at + window <= secret.size(); ++at)
            if (text.find(secret.data() + at, 0, window) != std::string::npos) return true;
    return false;
}

// Everything that a plugin can be asked, and its end.
void live(Trial& trial) {
    Corpus corpus(trial);
    corpus.each([](Played&) { return true; });
}

// Where the testing kit's hook reaches it.
std::atomic<const Journal*> journal_of_strays{nullptr};

void tell(const char* service) noexcept {
    if (const Journal* journal = journal_of_strays.load()) journal->stray(service);
}

}  // namespace

Verdict no_secret_in_logs(Trial& trial) {
    return shows_no_secret(trial, Place::log);
}
Verdict no_secret_in_errors(Trial& trial) {
    return shows_no_secret(trial, Place::failure);
}
Verdict no_secret_in_urls(Trial& trial) {
    return shows_no_secret(trial, Place::url);
}
Verdict no_secret_in_store_keys(Trial& trial) {
    return shows_no_secret(trial, Place::store_key);
}

Verdict no_secret_in_output(Trial& trial) {
    Verdict verdict = Verdict::pass();
    off_t seen = 0;
    Corpus corpus(trial);
    corpus.each([&](Played& played) {
        const std::string text = written_since(seen);
        seen += static_cast<off_t>(text.size());
        if (!text.empty() && shows(text, played.world.plausible().secrets()))
            verdict = Verdict::fail("it wrote a secret to stdout or stderr (" + played.story + ")");
        return bool(verdict);
    });
    return verdict;
}

Verdict process_left_alone(Trial& trial) {
    const ProcessSettings before = ProcessSettings::now();
    if (auto loaded = trial.load(); !loaded) return Verdict::fail(loaded.error().message);
    live(trial);
    const std::string changed = ProcessSettings::now().changed_since(before);
    return changed.empty() ? Verdict::pass() : Verdict::fail("it changed " + changed);
}

Verdict no_thread_left(Trial& trial) {
    // The first thread of a process brings ThreadSanitizer's own with it, which stays.
    if (with_thread_sanitizer) std::thread([] {}).join();
    const std::size_t before = count_threads();
    live(trial);
    return threads_come_down_to(before)
               ? Verdict::pass()
               : Verdict::fail(std::to_string(count_threads() - before) +
                               " threads were left when all instances were destroyed");
}

Verdict no_descriptor_left(Trial& trial) {
    const auto before = open_descriptors();
    live(trial);
    const std::string left = descriptors_left(before, open_descriptors());
    return left.empty()
               ? Verdict::pass()
               : Verdict::fail("open when all instances were destroyed: " + left.substr(0, 200));
}

Verdict no_memory_left(Trial& trial) {
    if (with_thread_sanitizer || heap_in_use() == 0)
        return Verdict::skip("nobody counts the heap here");
    Corpus corpus(trial);
    const std::size_t lives = corpus.scenarios().size();
    if (lives == 0) return Verdict::skip("it has no role that is known here");
    const auto live_on = [&](std::size_t rounds) {
        const std::size_t before = heap_in_use();
        for (std::size_t i = 0; i < rounds; ++i)
            for (const Scenario& scenario : corpus.scenarios()) (void)corpus.play(scenario);
        const std::size_t after = heap_in_use();
        return after > before ? after - before : 0;
    };
    // An allocator keeps some kilobytes to itself, now these and now those; a leak grows each time,
    // and its smallest block counts for 32 bytes.
    const std::size_t rounds = 400 / lives + 1;
    (void)live_on(rounds / 4);  // what is allocated once
    const std::size_t left = std::min(live_on(rounds), live_on(rounds));
    if (left < rounds * lives * 16) return Verdict::pass();
    return Verdict::fail("each time that it is created, asked and destroyed, some " +
                         std::to_string(left / rounds / lives) + " bytes of the heap are left");
}

Verdict no_service_outside(Trial& trial) {
    static Journal journal = trial.journal;  // of what runs when the process ends, too
    journal_of_strays.store(&journal);
    testing::on_stray_service = tell;
    live(trial);
    return Verdict::pass();  // unless the journal holds one by the end
}

}  // namespace mcp_auth::validate
