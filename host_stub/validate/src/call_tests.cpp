#include "build_kind.hpp"
#include "corpus.hpp"
#include "system_calls.hpp"
#include "tests.hpp"
#include "world.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace mcp_auth::validate {
namespace {

using testing::Duty;

constexpr std::string_view unexplained = "the plugin did not say why";  // the testing kit's words

std::string told(const Error& error) {
    return std::string(to_string(error.status)) + (error.message.empty() ? "" : ": ") +
           error.message;
}

// In no scenario and after no fault does the plugin break one of these.
Verdict keeps(Trial& trial, std::initializer_list<Duty> duties) {
    Verdict verdict = Verdict::pass();
    Corpus corpus(trial);
    corpus.each([&](Played& played) {
        for (const testing::Violation& broken : played.world.broken_duties())
            if (std::find(duties.begin(), duties.end(), broken.duty) != duties.end())
                verdict = Verdict::fail(broken.text + " (" + played.story + ")");
        return bool(verdict);
    });
    return verdict;
}

bool holds(const std::vector<std::string>& texts, const std::string& part) {
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
        return text.find(part) != std::string::npos;
    });
}

// Runs `work` on a thread with that much stack, and nothing mapped below it.
template <class Work>
bool run_on_stack(std::size_t size, Work& work) {
    constexpr std::size_t guard = 64 * 1024;
    void* memory =
        ::mmap(nullptr, guard + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    ::mprotect(memory, guard, PROT_NONE);
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstack(&attributes, static_cast<char*>(memory) + guard, size);
    pthread_t thread{};
    const auto body = [](void* given) -> void* {
        (*static_cast<Work*>(given))();
        return nullptr;
    };
    const bool started = ::pthread_create(&thread, &attributes, body, &work) == 0;
    if (started) ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
    ::munmap(memory, guard + size);
    return started;
}

}  // namespace

Verdict acquires(Trial& trial) {
    const auto roles = roles_of(trial);
    if (roles.empty()) return Verdict::skip("it has no role that is known here");
    for (const Role role : roles) {
        World world(trial);
        const Scenario scenario{role, {MCP_AUTH_REASON_FIRST}};
        (void)world.plugin();
        trial.journal.doing("it was asked for " + scenario.name());
        const auto answer = world.ask(role);
        if (answer) continue;
        const std::string said = "asked for " + scenario.name() +
                                 ", where everything works, it said " + told(answer.error());
        for (const testing::Violation& broken : world.broken_duties())
            return Verdict::fail(said + " (" + broken.text + ")");
        if (answer.status() == Status::internal) return Verdict::fail(said);
        return Verdict::untried(said +
                                "; if what the validator answers is not what your servers would, "
                                "give the settings with --settings and the answers with --answers");
    }
    return Verdict::pass();
}

Verdict ok_means_one_answer(Trial& trial) {
    return keeps(trial, {Duty::answer});
}
Verdict failure_means_no_answer(Trial& trial) {
    return keeps(trial, {Duty::no_answer});
}
Verdict status_is_known(Trial& trial) {
    return keeps(trial, {Duty::status});
}
Verdict text_is_utf8(Trial& trial) {
    return keeps(trial, {Duty::text});
}
Verdict structs_say_their_size(Trial& trial) {
    return keeps(trial, {Duty::sizes});
}
Verdict services_as_documented(Trial& trial) {
    return keeps(trial, {Duty::service});
}
Verdict client_authentication_is_the_hosts(Trial& trial) {
    return keeps(trial, {Duty::client_authentication});
}
Verdict own_thread(Trial& trial) {
    return keeps(trial, {Duty::thread});
}
Verdict no_service_in_catch(Trial& trial) {
    return keeps(trial, {Duty::unwinding});
}

Verdict call_is_over(Trial& trial) {
    if (auto verdict = keeps(trial, {Duty::call}); !verdict) return verdict;
    // Twice in one instance: what was kept of the first call would be used in the second.
    for (const Role role : roles_of(trial)) {
        World world(trial);
        for (int i = 0; i < 3; ++i) (void)world.ask(role);
        for (const testing::Violation& broken : world.broken_duties())
            if (broken.duty == Duty::call) return Verdict::fail(broken.text);
    }
    return Verdict::pass();
}

Verdict failures_say_why(Trial& trial) {
    Verdict verdict = Verdict::pass();
    Corpus corpus(trial);
    corpus.each([&](Played& played) {
        if (played.result) return true;
        const std::string& message = played.result.error().message;
        if (message.empty() || message == unexplained)
            verdict =
                Verdict::fail("it said " + std::string(to_string(played.result.error().status)) +
                              " without a message (" + played.story + ")");
        return bool(verdict);
    });
    return verdict;
}

Verdict waits_in_services_alone(Trial& trial) {
    {
        World world(trial);
        (void)world.plugin();
    }
    if (auto watched = forbid(network | processes | writing | waiting, trial.journal); !watched)
        return Verdict::skip(watched.error().message);
    Corpus corpus(trial);
    corpus.each([](Played&) { return true; });
    return Verdict::pass();
}

Verdict small_stack(Trial& trial) {
    if (sanitized) return Verdict::skip("instrumented code takes more stack than what ships");
    // What a plugin may rely on, and what this thread and the services of the fake host take.
    constexpr std::size_t promised = 256 * 1024, ours = 64 * 1024;
    for (const Role role : roles_of(trial)) {
        World world(trial);
        (void)world.plugin();
        trial.journal.doing("it ran on 256 KiB of stack");
        auto work = [&] { (void)world.ask(role); };
        if (!run_on_stack(promised + ours, work))
            return Verdict::skip("no thread with a stack of that size could be started");
    }
    return Verdict::pass();
}

Verdict rejected_is_fresh(Trial& trial) {
    constexpr mcp_auth_reason unknown = 99;
    for (const Role role : roles_of(trial))
        for (const mcp_auth_reason reason : {MCP_AUTH_REASON_REJECTED, unknown}) {
            World world(trial);
            trial.journal.doing("it was asked again, because its answer was rejected");
            const auto first = world.ask(role);
            const auto second = world.ask(role, reason);
            if (!first || !second) continue;
            if (first->bytes == second->bytes)
                return Verdict::fail(
                    reason == unknown
                        ? "for a reason that it does not know it handed out the same answer again, "
                          "which is to be taken as rejected"
                        : "its answer was rejected, and it handed out the same one again");
        }
    return Verdict::pass();
}

Verdict expiry_is_not_later(Trial& trial) {
    for (const Role role : roles_of(trial)) {
        World world(trial);
        trial.journal.doing("it was asked");
        const auto answer = world.ask(role);
        // The longest that anything in the plausible world lives.
        if (answer && answer->expires_at > world.host().now() + 3600)
            return Verdict::fail("it says that its answer lives longer than its server said");
        if (answer && answer->expires_at < 0)
            return Verdict::fail("it says that its answer expires before 1970");
        if (answer && answer->expires_at != 0 && answer->expires_at <= world.host().now())
            return Verdict::fail(
                "it hands out an answer that has expired: expires_at is in seconds of the host's "
                "clock");
    }
    return Verdict::pass();
}

Verdict keeps_no_user(Trial& trial) {
    for (const Role role : roles_of(trial)) {
        World world(trial);
        trial.journal.doing("it was asked for two users in turn");
        if (!world.ask(role)) continue;
        const auto of_first = world.plausible().secrets();
        const auto sent_before = world.sent();
        world.another_user();
        const auto answer = world.ask(role);
        if (answer && holds(of_first, answer->bytes))
            return Verdict::fail("it handed the second user what the first one was given");
        std::vector<std::string> all = world.sent();
        for (const std::string& text : sent_before)
            all.erase(std::find(all.begin(), all.end(), text));
        for (const std::string& secret : of_first)
            if (holds(all, secret))
                return Verdict::fail("it sent something of the first user's for the second one");
    }
    return Verdict::pass();
}

Verdict concurrent_calls(Trial& trial) {
    constexpr int callers = 16, rounds = 8;
    for (const Role role : roles_of(trial)) {
        World alone(trial), world(trial);
        (void)alone.ask(role);
        (void)world.plugin();
        trial.journal.doing("16 calls ran at once");
        std::mutex mutex;
        std::string fault;
        std::barrier start(callers);
        const auto call = [&] {
            start.arrive_and_wait();
            for (int i = 0; i < rounds; ++i) {
                const auto answer = world.ask(role);
                std::string seen;
                if (!answer) seen = "one of 16 calls at once said " + told(answer.error());
                // An assertion may be a kept one; a token never is.
                else if (role == Role::token &&
                         !holds(world.plausible().secrets_of_this_thread(), answer->bytes) &&
                         holds(world.plausible().secrets(), answer->bytes))
                    seen = "a call handed out what another one had been given";
                const std::lock_guard<std::mutex> lock(mutex);
                if (fault.empty()) fault = seen;
            }
        };
        std::vector<std::thread> threads;
        threads.reserve(callers);
        for (int i = 0; i < callers; ++i) threads.emplace_back(call);
        for (std::thread& thread : threads) thread.join();
        if (!fault.empty()) return Verdict::fail(fault);
        const auto usual = alone.broken_duties();  // other tests say so
        for (const testing::Violation& broken : world.broken_duties())
            if (std::none_of(usual.begin(), usual.end(), [&](const testing::Violation& known) {
                    return known.text == broken.text;
                }))
                return Verdict::fail("with 16 calls at once: " + broken.text);
    }
    return Verdict::pass();
}

Verdict odd_requests(Trial& trial) {
    const std::string longest(64 * 1024, 'x');
    const std::string odd = "\xc3\xa9 \"'<>&\n";
    using Change = void (*)(plugin::TokenRequest&, const std::string&, const std::string&);
    const std::pair<const char*, Change> changes[] = {
        {"no scope", [](auto& r, auto&, auto&) { r.scope = {}; }},
        {"a long scope", [](auto& r, auto& text, auto&) { r.scope = text; }},
        {"no resource", [](auto& r, auto&, auto&) { r.resource = {}; }},
        {"a long resource", [](auto& r, auto& text, auto&) { r.resource = text; }},
        {"no issuer", [](auto& r, auto&, auto&) { r.issuer = {}; }},
        {"no metadata", [](auto& r, auto&, auto&) { r.metadata = {}; }},
        {"metadata {}", [](auto& r, auto&, auto&) { r.metadata = "{}"; }},
        {"metadata that is no JSON", [](auto& r, auto& text, auto&) { r.metadata = text; }},
        {"metadata of other types",
         [](auto& r, auto&, auto&) {
             r.metadata = R"({"issuer":1,"authorization_endpoint":[],"token_endpoint":null,
                 "grant_types_supported":{},"scopes_supported":"a"})";
         }},
        {"no server", [](auto& r, auto&, auto&) { r.server = {}; }},
        {"a challenge",
         [](auto& r, auto&, auto&) {
             r.challenge = "Bearer error=\"insufficient_scope\", scope=\"chat.write\"";
         }},
        {"a long challenge", [](auto& r, auto& text, auto&) { r.challenge = text; }},
        {"omit_resource", [](auto& r, auto&, auto&) { r.omit_resource = true; }},
        {"odd characters", [](auto& r, auto&, auto& text) { r.scope = r.resource = text; }},
        {"a lack of scope",
         [](auto& r, auto&, auto&) { r.reason = plugin::Reason::insufficient_scope; }},
    };
    for (const auto& [name, change] : changes) {
        World world(trial);
        (void)world.plugin();
        plugin::TokenRequest request = world.token_request();
        change(request, longest, odd);
        trial.journal.doing(std::string("it was asked with ") + name);
        std::vector<Status> ended;
        if (trial.has_role(MCP_AUTH_ROLE_TOKEN))
            ended.push_back(world.plugin().acquire(request).status());
        if (trial.has_role(MCP_AUTH_ROLE_ASSERTION)) {
            plugin::AssertionRequest wanted = world.assertion_request();
            wanted.audience = request.issuer;
            wanted.resource = request.resource;
            wanted.scope = request.scope;
            wanted.reason = request.reason;
            ended.push_back(world.plugin().assertion(wanted).status());
        }
        for (const testing::Violation& broken : world.broken_duties())
            if (broken.duty == Duty::answer || broken.duty == Duty::no_answer)
                return Verdict::fail(std::string("asked with ") + name + ": " + broken.text);
        if (std::find(ended.begin(), ended.end(), Status::internal) != ended.end())
            return Verdict::fail(std::string("asked with ") + name + " it said internal: a bug");
    }
    if (!trial.has_role(MCP_AUTH_ROLE_TOKEN)) return Verdict::pass();
    World usual(trial), world(trial);
    auto raw = detail::sized<mcp_auth_token_request>();
    const plugin::TokenRequest request = world.token_request();
    raw.server = detail::to_abi(request.server);
    raw.resource = detail::to_abi(request.resource);
    raw.issuer = detail::to_abi(request.issuer);
    raw.metadata = detail::to_abi(request.metadata);
    raw.scope = detail::to_abi(request.scope);
    raw.flags = ~MCP_AUTH_REQUEST_OMIT_RESOURCE;
    (void)world.plugin();
    trial.journal.doing("it was asked with flags that there are not yet");
    if (world.plugin().acquire(raw).status() != usual.ask(Role::token).status())
        return Verdict::fail(
            "flags that it does not know made a difference: they are to be ignored");
    return Verdict::pass();
}

Verdict interactive_says_so(Trial& trial) {
    const host::Manifest& manifest = trial.specimen.manifest;
    Corpus corpus(trial);
    for (const Leg& leg : corpus.legs())
        if (leg.called.service == MCP_AUTH_SERVICE_BROWSER && !manifest.interactive())
            return Verdict::fail(
                "it uses " MCP_AUTH_SERVICE_BROWSER
                ", which its manifest does not list in \"requires\": a host takes it for one that "
                "asks nobody");
    return Verdict::pass();
}

}  // namespace mcp_auth::validate
