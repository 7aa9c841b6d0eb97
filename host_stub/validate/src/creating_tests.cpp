#include "guarded.hpp"
#include "json_schema.hpp"
#include "settings_maker.hpp"
#include "tests.hpp"
#include "world.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

namespace mcp_auth::validate {
namespace {

using detail::to_abi;
using testing::Duty;
using testing::PluginUnderTest;

const char* const optional_services[] = {MCP_AUTH_SERVICE_OAUTH, MCP_AUTH_SERVICE_SUBJECT,
                                         MCP_AUTH_SERVICE_PEER,  MCP_AUTH_SERVICE_STORE,
                                         MCP_AUTH_SERVICE_HTTP,  MCP_AUTH_SERVICE_BROWSER};

// What create may do with any settings; empty: it did.
std::string fault_of(const PluginUnderTest& plugin, testing::FakeHost& host) {
    for (const testing::Violation& broken : host.broken_duties())
        if (broken.duty == Duty::create || broken.duty == Duty::roles) return broken.text;
    if (plugin.created()) return {};
    const Error& error = plugin.created().error();
    if (error.status != Status::misconfigured)
        return "create said " + std::string(to_string(error.status)) +
               ", where settings that it does not take are misconfigured";
    if (error.message.empty()) return "create refused without a message";
    return {};
}

// Texts of the settings that nobody could have written by chance.
void collect_values(const json::Value& value, std::vector<std::string>& texts) {
    if (value.is_string() && value.as_string()->size() >= 16) texts.push_back(*value.as_string());
    for (const json::Value& item : value.items()) collect_values(item, texts);
    for (const json::Member& member : value.members()) collect_values(member.value, texts);
}

Verdict try_settings(Trial& trial, const std::string& settings, const std::string& what,
                     const std::vector<std::string>& values = {}) {
    trial.journal.doing("it was created with " + what);
    World world(trial);
    std::string fault;
    {
        const PluginUnderTest plugin(trial.entry(), world.host(), settings);
        fault = fault_of(plugin, world.host());
    }
    for (const testing::Leak& leak : world.host().leaks(values))
        if (leak.place == testing::Leak::Place::failure)
            fault = "a value of the settings shows in " + leak.where;
    return fault.empty() ? Verdict::pass() : Verdict::fail("with " + what + ": " + fault);
}

// ---- structs of other sizes ----

// A raw create, as a host of another version makes it.
struct RawCreation {
    mcp_auth_provider* provider = nullptr;
    mcp_auth_status status = MCP_AUTH_INTERNAL;
};

RawCreation create_raw(Trial& trial, World& world, const mcp_auth_instance* instance,
                       mcp_auth_failure* failure) {
    const testing::RunningHost running(world.host());
    RawCreation made;
    made.status = trial.descriptor().create(world.host().raw(), instance, &made.provider, failure);
    return made;
}

void destroy_raw(World& world, mcp_auth_provider* provider) {
    if (provider == nullptr) return;
    const testing::RunningHost running(world.host());
    provider->destroy(provider);
}

template <class Struct>
Struct with_size(Struct value, std::size_t size) {
    value.struct_size = static_cast<std::uint32_t>(size);
    return value;
}

mcp_auth_token_request raw_request(const plugin::TokenRequest& request) {
    auto in = detail::sized<mcp_auth_token_request>();
    in.server = to_abi(request.server);
    in.resource = to_abi(request.resource);
    in.issuer = to_abi(request.issuer);
    in.metadata = to_abi(request.metadata);
    in.scope = to_abi(request.scope);
    return in;
}

Result<Answer> ask_raw(World& world, Role role, const void* request) {
    if (role == Role::token) {
        const auto token =
            world.plugin().acquire(*static_cast<const mcp_auth_token_request*>(request));
        if (!token) return token.error();
        return Answer{token->access_token, token->expires_at};
    }
    const auto answer =
        world.plugin().assertion(*static_cast<const mcp_auth_assertion_request*>(request));
    if (!answer) return answer.error();
    return Answer{answer->assertion, answer->expires_at};
}

// The request of that role in `size` bytes with nothing, or, where it is longer, noise behind it.
Guarded request_of(const World& world, Role role, std::size_t size) {
    std::vector<unsigned char> bytes(std::max<std::size_t>(size, 256), 0xA5);
    if (role == Role::token) {
        const auto in = with_size(raw_request(world.token_request()), size);
        std::memcpy(bytes.data(), &in, sizeof in);
    } else {
        const auto in = with_size(plugin::detail::to_abi(world.assertion_request()), size);
        std::memcpy(bytes.data(), &in, sizeof in);
    }
    return Guarded(bytes.data(), size);
}

std::size_t size_of_request(Role role) {
    return role == Role::token ? sizeof(mcp_auth_token_request)
                               : sizeof(mcp_auth_assertion_request);
}

}  // namespace

Verdict creates(Trial& trial) {
    World world(trial);
    trial.journal.doing("it was created");
    const auto& created = world.plugin().created();
    for (const testing::Violation& broken : world.host().broken_duties())
        if (broken.duty == Duty::create) return Verdict::fail(broken.text);
    if (created) return Verdict::pass();
    const Error& error = created.error();
    const std::string said = "create said " + std::string(to_string(error.status)) + ": " +
                             error.message + " (settings: " + trial.specimen.settings_from + ")";
    if (error.status == Status::internal) return Verdict::fail(said);
    return Verdict::untried(said +
                            "; give settings that it takes with --settings FILE, or as the first "
                            "of \"examples\" in the settings schema");
}

Verdict unknown_role_refused(Trial& trial) {
    World world(trial);
    trial.journal.doing("it was created");
    auto instance = detail::sized<mcp_auth_instance>();
    instance.name = to_abi("acme");
    instance.settings = to_abi(trial.specimen.settings);
    const RawCreation made = create_raw(trial, world, &instance, nullptr);
    if (made.provider == nullptr) return Verdict::skip("it could not be created");
    Verdict verdict = Verdict::pass();
    const testing::RunningHost running(world.host());
    const auto answers = [&](std::string_view id) {
        const Guarded bytes(id.data(), id.size());
        trial.journal.doing("its extension was asked for \"" + std::string(id) + "\"");
        return made.provider->extension(made.provider,
                                        mcp_auth_str{bytes.as<const char>(), id.size()});
    };
    for (const char* unknown :
         {"mcp.auth.no-such-role/1", "", "m", "mcp.auth.token/", "mcp.auth.token/2",
          "mcp.auth.token/10", "mcp.auth.assertion/1 ", "MCP.AUTH.TOKEN/1"})
        if (answers(unknown) != nullptr)
            verdict = Verdict::fail("extension answers for the id \"" + std::string(unknown) +
                                    "\", which there is not");
    for (const char* known : {MCP_AUTH_ROLE_TOKEN, MCP_AUTH_ROLE_ASSERTION}) {
        const void* table = answers(known);
        if ((table != nullptr) != trial.has_role(known))
            verdict =
                Verdict::fail(std::string("extension and descriptor disagree about ") + known);
        if (answers(known) != table)
            verdict = Verdict::fail(std::string("extension gives another table the second time: ") +
                                    known);
    }
    made.provider->destroy(made.provider);
    return verdict;
}

Verdict create_calls_no_service(Trial& trial) {
    World world(trial);
    trial.journal.doing("it was created and destroyed");
    (void)world.plugin();
    world.destroy();
    for (const testing::Violation& broken : world.host().broken_duties())
        if (broken.duty == Duty::call || broken.duty == Duty::thread)
            return Verdict::fail("in create or destroy: " + broken.text);
    return Verdict::pass();
}

Verdict services_missing(Trial& trial) {
    for (const std::string id : optional_services) {
        const std::string word = id.substr(9, id.find('/') - 9);  // of mcp.auth.WORD/1
        World whole(trial), world(trial);
        world.host().remove(id);
        trial.journal.doing("it was created in a host without " + id);
        const auto judge = [&](const Error& error, Status otherwise) -> std::string {
            if (error.status == otherwise) return {};
            if (error.status != Status::misconfigured)
                return "said " + std::string(to_string(error.status)) +
                       ", where a missing service is misconfigured";
            if (error.message.find(word) == std::string::npos)
                return "does not name the service that is missing";
            return {};
        };
        std::string fault;
        if (const auto& created = world.plugin().created(); !created) {
            fault = judge(created.error(), Status::ok);
        } else {
            for (const Role role : roles_of(trial)) {
                trial.journal.doing("it was asked in a host without " + id);
                const auto usual = whole.ask(role);
                const auto answer = world.ask(role);
                if (!answer && fault.empty()) fault = judge(answer.error(), usual.status());
            }
        }
        if (!fault.empty()) {
            std::string without = "without ";
            return Verdict::fail(without.append(id).append(": it ").append(fault));
        }
    }
    return Verdict::pass();
}

Verdict smaller_struct_size(Trial& trial) {
    for (const std::size_t size : {std::size_t{8}, std::size_t{24}}) {
        World world(trial);
        auto instance = detail::sized<mcp_auth_instance>();
        instance.name = to_abi("acme");
        instance = with_size(instance, size);
        const Guarded small(&instance, size);
        const auto empty = with_size(detail::sized<mcp_auth_failure>(), size);
        const Guarded failure(&empty, size);
        const std::string bytes = std::to_string(size) + " bytes";
        trial.journal.doing("create was given an mcp_auth_instance and an mcp_auth_failure of " +
                            bytes);
        const RawCreation made = create_raw(trial, world, small.as<const mcp_auth_instance>(),
                                            failure.as<mcp_auth_failure>());
        if (failure.as<mcp_auth_failure>()->struct_size != size)
            return Verdict::fail("create changed the struct_size of the failure");
        destroy_raw(world, made.provider);
    }
    for (const Role role : roles_of(trial))
        for (std::size_t size = 8; size <= size_of_request(role); size += 16) {
            World world(trial);
            (void)world.plugin();
            const Guarded request = request_of(world, role, size);
            trial.journal.doing("it was given a request of " + std::to_string(size) + " bytes");
            (void)ask_raw(world, role, request.data());
        }
    return Verdict::pass();
}

Verdict larger_struct_size(Trial& trial) {
    constexpr std::size_t more = 64;
    World world(trial);
    std::vector<unsigned char> bytes(sizeof(mcp_auth_instance) + more, 0xA5);
    auto instance = detail::sized<mcp_auth_instance>();
    instance.name = to_abi("acme");
    instance.settings = to_abi(trial.specimen.settings);
    instance = with_size(instance, bytes.size());
    std::memcpy(bytes.data(), &instance, sizeof instance);
    const Guarded large(bytes.data(), bytes.size());
    std::vector<unsigned char> room(sizeof(mcp_auth_failure) + more, 0xA5);
    const auto empty = with_size(detail::sized<mcp_auth_failure>(), room.size());
    std::memcpy(room.data(), &empty, sizeof empty);
    const Guarded failure(room.data(), room.size());
    trial.journal.doing("create was given structs of a newer host");
    const RawCreation made = create_raw(trial, world, large.as<const mcp_auth_instance>(),
                                        failure.as<mcp_auth_failure>());
    destroy_raw(world, made.provider);
    if (made.status != MCP_AUTH_OK)
        return Verdict::fail("create refuses an mcp_auth_instance that is longer than it knows");
    if (failure.as<mcp_auth_failure>()->struct_size != room.size() ||
        std::memcmp(failure.as<unsigned char>() + sizeof(mcp_auth_failure),
                    room.data() + sizeof(mcp_auth_failure), more) != 0)
        return Verdict::fail("create wrote to what it does not know of the failure");
    for (const Role role : roles_of(trial)) {
        World usual(trial), newer(trial);
        const auto expected = usual.ask(role);
        (void)newer.plugin();
        const Guarded request = request_of(newer, role, size_of_request(role) + more);
        trial.journal.doing("it was given a request of a newer host");
        const auto answer = ask_raw(newer, role, request.data());
        if (answer.status() != expected.status())
            return Verdict::fail("a request that is longer than it knows ended as " +
                                 std::string(to_string(answer.status())) + ", otherwise as " +
                                 std::string(to_string(expected.status())));
    }
    return Verdict::pass();
}

Verdict empty_settings(Trial& trial) {
    if (auto verdict = try_settings(trial, "{}", "the settings {}"); !verdict) return verdict;
    return try_settings(trial, "", "no settings at all");
}

Verdict huge_settings(Trial& trial) {
    json::Value wide = json::Value::object();
    for (int i = 0; i < 2000; ++i) wide.set("x-" + std::to_string(i), i);
    std::string deep;
    for (int i = 0; i < 5000; ++i) deep += R"({"x-a":)";
    const json::Value known = json::parse(trial.specimen.manifest.settings_schema).ok()
                                  ? *json::parse(trial.specimen.manifest.settings_schema)
                                  : json::Value();
    json::Value longest = json::Value::object().set("x-long", std::string(1 << 20, 'x'));
    if (const json::Value* properties = known.find("properties"))
        for (const json::Member& property : properties->members())
            longest.set(property.name, std::string(100'000, 'y'));
    for (const auto& [settings, what] :
         {std::pair(wide.dump(), "2000 settings"),
          std::pair(longest.dump(), "a megabyte of settings"),
          std::pair(deep + "1" + std::string(5000, '}'), "settings of depth 5000")})
        if (auto verdict = try_settings(trial, settings, what); !verdict) return verdict;
    return Verdict::pass();
}

Verdict random_settings(Trial& trial) {
    constexpr int tries = 200;
    const std::string& schema_text = trial.specimen.manifest.settings_schema;
    std::optional<host::JsonSchema> schema;
    if (auto compiled = host::JsonSchema::parse(schema_text.empty() ? "{}" : schema_text, "schema"))
        schema = *std::move(compiled);
    SettingsMaker maker(schema_text, trial.specimen.seed);
    for (int i = 0; i < tries; ++i) {
        const json::Value settings = i % 2 == 0 ? maker.fitting() : maker.unfitting();
        const bool allowed = schema && schema->check(settings, "settings").ok();
        std::vector<std::string> values;
        collect_values(settings, values);
        const std::string what = "random settings no. " + std::to_string(i) + " of this seed (" +
                                 (allowed ? "which" : "not what") + " the schema allows)";
        if (auto verdict = try_settings(trial, settings.dump(), what, values); !verdict)
            return verdict;
    }
    return Verdict::pass();
}

Verdict destroy_and_create_again(Trial& trial) {
    for (int round = 0; round < 20; ++round) {
        auto first = std::make_unique<World>(trial), second = std::make_unique<World>(trial);
        trial.journal.doing("two were created, and one destroyed");
        (void)first->plugin();
        (void)second->plugin();
        first.reset();
        for (const Role role : roles_of(trial)) {
            trial.journal.doing("the other one was asked");
            const auto answer = second->ask(role);
            World alone(trial);
            const auto expected = alone.ask(role);
            if (answer.status() != expected.status())
                return Verdict::fail("after another one was destroyed it said " +
                                     std::string(to_string(answer.status())) + ", alone " +
                                     std::string(to_string(expected.status())));
        }
        if (!second->plugin().created())
            return Verdict::fail("it cannot be created again: " +
                                 second->plugin().created().error().message);
    }
    return Verdict::pass();
}

}  // namespace mcp_auth::validate
