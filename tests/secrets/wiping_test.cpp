// What readers of secrets leave behind when they refuse one, or have made of it what they should
// (protocol.md L5): nothing, in any block of memory that they freed.
#include "browser/loopback_client.hpp"
#include "config.hpp"
#include "freed_memory.hpp"
#include "json_web_key.hpp"
#include "loopback_listener.hpp"
#include "recent_tokens.hpp"
#include "token_text.hpp"
#include "wiped_exchange.hpp"

#include <mcp_auth/host.hpp>
#include <mcp_auth/jws.hpp>
#include <mcp_auth/mcp/client.hpp>
#include <mcp_auth/secret.hpp>

#include <openssl/crypto.h>

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mcp_auth::secrets {
namespace {

using host::testing::get, host::testing::LoopbackClient;

constexpr std::string_view canary = "canary-bytes that do not fit inside of a string.";  // 48

// The control: were these not seen, nothing below would mean anything.
TEST(Wiping, IsMissedWhereABlockIsFreedAsItIs) {
    const FreedMemory freed({canary});
    { const std::string text(canary); }
    EXPECT_EQ(freed.blocks(), 1U);
    { const Secret secret(canary); }
    EXPECT_EQ(freed.blocks(), 1U);
    ASSERT_TRUE(openssl_is_seen());
    OPENSSL_free(OPENSSL_memdup(canary.data(), canary.size()));
    EXPECT_EQ(freed.blocks(), 2U);
}

TEST(Wiping, FollowsWhatWasDecodedBeforeAWrongCharacter) {
    const std::string whole = base64url_encode(canary);
    for (const char* const late : {"AA+A", "AAA=", "==", "A=", "Zh" /* bits that no byte has */}) {
        const std::string wrong = whole + late;
        const FreedMemory freed({canary});
        EXPECT_FALSE(base64url_decode(wrong));
        EXPECT_EQ(freed.blocks(), 0U) << late;
    }
    // As short as a string keeps inside of itself.
    const auto short_one = base64url_decode(base64url_encode("canary-bytes") + "!!!!");
    const std::string_view object(reinterpret_cast<const char*>(&short_one), sizeof short_one);
    EXPECT_EQ(object.find("canary"), object.npos);
}

TEST(Wiping, FollowsAMemberOfAKeyThatIsNotUsed) {
    const auto jwk = [](const char* member, const std::string& bytes) {
        auto all = json::Value::object();
        for (const char* name : {"x", "y", "d"})
            all.set(name, base64url_encode(std::string(32, '\1')));
        all.set("kty", "EC").set("crv", "P-256");
        return all.set(member, base64url_encode(bytes));
    };
    const std::string large = std::string(canary) + std::string(2000, 'x');
    for (const auto& [member, bytes] :
         {std::pair("d", large), std::pair("x", large), std::pair("d", std::string(canary))}) {
        const auto key = jwk(member, bytes);
        const FreedMemory freed({canary});
        EXPECT_FALSE(host::read_private_jwk(key)) << member;
        EXPECT_EQ(freed.blocks(), 0U) << member << " of " << bytes.size() << " bytes";
    }
}

TEST(Wiping, FollowsASignatureThatShouldNotBeThere) {
    const auto token = base64url_encode(R"({"alg":"none"})") + "." + base64url_encode("{}") + "." +
                       base64url_encode(canary);
    const FreedMemory freed({canary});
    EXPECT_FALSE(Jws::decode(token));
    EXPECT_EQ(freed.blocks(), 0U);
}

// Of a provider, with the one that its connection has in its place: a string that is assigned to
// keeps its room or frees it, by the lengths.
TEST(Wiping, FollowsALiteralThatAnotherIsLaidOver) {
    const auto long_one = [](std::size_t size) {
        std::string text(size, 'x');
        return text.replace(0, canary.size(), canary);
    };
    const auto entry = [](std::string_view literal) {
        auto client = json::Value::object(), subject = json::Value::object();
        client.set("id", "a").set("method", "client_secret_basic").set("secret", literal);
        client.set("issuer", "https://idp.example");
        return json::Value::object()
            .set("clients", json::Value::object().set("idp", std::move(client)))
            .set("subject", subject.set("type", "jwt").set("from", literal));
    };
    for (const auto& [under, over] :
         {std::pair<std::size_t, std::size_t>(900, 3900), {3900, 900}, {48, 900}, {900, 900}}) {
        // Wiped: what is freed here would be found in blocks that take its place.
        const Secret below(long_one(under)), above(long_one(over));
        auto provider = entry(below.reveal()), connection = entry(above.reveal());
        provider.set("plugin", "cross-app-access");
        connection.set("server", "https://mcp.example/mcp").set("provider", "acme");
        connection.set("issuer", "https://auth.example");
        auto all = json::Value::object().set("version", 1);
        all.set("providers", json::Value::object().set("acme", std::move(provider)));
        all.set("connections", json::Value::array().push(std::move(connection)));
        const Secret text(all.dump());
        const FreedMemory freed({canary});
        {
            auto config = host::parse_config(text.reveal(), "(given)", false, {});
            ASSERT_TRUE(config) << config.error().message;
            const host::Config copy = *config;
            *config = copy;
        }
        EXPECT_EQ(freed.blocks(), 0U) << over << " bytes over " << under;
    }
}

// The application's text, and what a host makes of it.
TEST(Wiping, FollowsAConfigurationThatIsGivenAsText) {
    Options options;
    options.config_json = R"({"version": 1, "providers": {"acme": {"plugin": "none", "clients": {
        "idp": {"id": "a", "method": "client_secret_basic", "issuer": "https://idp.example",
                "secret": ")" +
                          std::string(canary) + R"("}}}}, "connections": []})";
    options.default_plugin_directory = "/nonexistent";
    options.config_json.reserve(64 * 1024);
    const FreedMemory freed({canary});
    {
        const auto host = Host::open(std::move(options));
        ASSERT_TRUE(host) << host.error().message;
    }
    EXPECT_EQ(freed.blocks(), 0U);
}

// A transport's answer, which may be as short as a string keeps inside of itself.
TEST(Wiping, FollowsAnAnswerThatIsTakenOver) {
    HttpResponse answer;
    answer.status = 200;
    answer.body = "canary-bytes";
    host::WipedExchange exchange;
    exchange.take(std::move(answer));
    EXPECT_EQ(exchange.response.body, "canary-bytes");
    const std::string_view object(reinterpret_cast<const char*>(&answer), sizeof answer);
    EXPECT_EQ(object.find("canary"), object.npos);

    exchange.response.body = canary;
    const FreedMemory freed({canary});
    exchange.take({});
    EXPECT_EQ(freed.blocks(), 0U);
}

// Protocol.md I: a redirect of a browser, which has a code in it, wherever it breaks off.
TEST(Wiping, FollowsARedirectThatDidNotArriveWhole) {
    const std::string code = "code=" + std::string(canary.substr(0, 12)),
                      head = "GET /callback?" + code;
    const std::string whole = " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const std::string rows[] = {head, head + whole.substr(0, 20), head + whole,
                                head + std::string(70'000, 'x'), head + whole + head};
    for (const bool client_leaves : {true, false})
        for (const auto& sent : rows) {
            const FreedMemory freed({std::string_view(code)});
            auto listener = host::LoopbackListener::listen({}, [](std::string_view) {
                return host::LoopbackListener::Reply{"HTTP/1.1 200 OK\r\n\r\n", {}};
            });
            ASSERT_TRUE(listener);
            auto client = std::make_unique<LoopbackClient>((*listener)->address().port);
            client->write(sent);
            // The next one is answered, so this one has been read.
            get((*listener)->address().port, "/elsewhere");
            if (client_leaves) client.reset();
            listener->reset();
            EXPECT_EQ(freed.blocks(), 0U) << sent.size() << " bytes";
        }
}

std::shared_ptr<const host::TokenEntry> token(std::int64_t life) {
    const std::int64_t wall = 1'800'000'000;
    return std::make_shared<const host::TokenEntry>(
        Secret(canary), "Bearer", "read",
        host::TokenEntry::life(wall + life, wall, wall, Deadline{} + std::chrono::hours(1)));
}

// One slot a user: the next one pushes the former out.
TEST(Wiping, FollowsATokenThatThereIsNoRoomFor) {
    host::TokenCache cache(1);
    std::weak_ptr<const host::TokenEntry> former;
    const FreedMemory freed({canary});
    {
        auto first = token(1000);
        former = first;
        cache.slot({1, 1, 1, "read"})->put(std::move(first));
    }
    EXPECT_FALSE(former.expired());
    (void)cache.slot({1, 1, 1, "write"});
    EXPECT_TRUE(former.expired());
    EXPECT_EQ(freed.blocks(), 0U);
}

// Also of what was handed out by the shortest way, whatever it was that ended it.
TEST(Wiping, FollowsACopyOfATokenThatIsOutOfDate) {
    using namespace std::chrono_literals;
    const Deadline now = Deadline{} + std::chrono::hours(1);
    const std::int64_t wall = 1'800'000'000;
    struct Row {
        const char* what;
        std::function<void(host::UserSession&, host::TokenSlot&)> end;
        std::chrono::seconds later;
        bool gone;
    };
    const Row rows[] = {
        {"nothing", [](auto&, auto&) {}, 0s, false},
        {"a sign-out", [](auto& session, auto&) { session.end_generation(); }, 0s, true},
        {"another token", [](auto&, auto& slot) { slot.put(token(2000)); }, 0s, true},
        {"a rejection", [](auto&, auto& slot) { slot.drop(slot.current().token.get()); }, 0s, true},
        {"its time", [](auto&, auto&) {}, 971s, true}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const FreedMemory freed({canary});
        host::RecentTokens recent;
        const auto session = std::make_shared<host::UserSession>("alice", "acme", 1, 2);
        const auto slot = std::make_shared<host::TokenSlot>();
        slot->put(token(1000));
        std::weak_ptr<const host::TokenEntry> copied = slot->current().token;
        recent.put({1, 1, 1}, session, 1, slot, slot->version(), slot->current().token);
        row.end(*session, *slot);
        recent.drop_outdated(now + row.later, wall + row.later.count());
        (void)slot->take_dead(now + row.later, wall + row.later.count());
        if (row.what == std::string("a sign-out"))
            slot->put(nullptr);  // as TokenCache::forget does
        EXPECT_EQ(copied.expired(), row.gone);
        EXPECT_EQ(freed.blocks(), 0U);
        // What comes too late is not kept either.
        recent.put({1, 1, 1}, session, 1, slot, slot->version() + 1, token(1000));
        EXPECT_FALSE(recent.find({1, 1, 1}, now, wall) && row.gone);
    }
}

// Made in one piece, so that the test itself frees none of it.
Headers shown_token() {
    std::string value;
    value.reserve(100);
    value.append("Bearer ").append(canary);
    Headers headers;
    headers.emplace_back("Authorization", std::move(value));
    return headers;
}

// Shows a token to the server, and once another one.
class Shows final : public mcp::Authorizer {
public:
    Result<Headers> authorize(std::string_view, std::string_view) override { return shown_token(); }
    bool again(int status, const Headers&) override {
        return status == 401 && !std::exchange(again_, true);
    }
    std::optional<Error> error() const override { return std::nullopt; }

private:
    bool again_ = false;
};

// Answers in order and keeps nothing of what it was sent. Without an answer there is none.
class Answers final : public HttpTransport {
public:
    explicit Answers(std::deque<HttpResponse> answers) : answers_(std::move(answers)) {}
    Result<HttpResponse> send(const HttpRequest& request, const Bounds&,
                              const BodyReader& reader) override {
        tokens += request.headers.back().first == "Authorization";
        if (answers_.empty()) return Error(Status::unavailable, "", "nobody is there");
        HttpResponse answer = std::move(answers_.front());
        answers_.pop_front();
        const std::string body = std::exchange(answer.body, {});
        if (!body.empty()) reader(answer, body);
        return answer;
    }
    int tokens = 0;

private:
    std::deque<HttpResponse> answers_;
};

TEST(Wiping, FollowsATokenThatAnMcpServerWasShown) {
    const Headers type{{"Content-Type", "application/json"}};
    const auto transport = std::make_shared<Answers>(std::deque<HttpResponse>{
        {401, {}, ""},
        {200, type, R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}})"},
        {202, {}, ""}});
    const FreedMemory freed({canary});
    {
        mcp::Client client(transport, "https://mcp.example/mcp",
                           [](const Bounds&) { return std::make_unique<Shows>(); }, {});
        ASSERT_TRUE(client.open({}));
        EXPECT_FALSE(client.tools({}));
    }
    EXPECT_EQ(transport->tokens, 4);
    EXPECT_EQ(freed.blocks(), 0U);
}

TEST(Wiping, FollowsATokenThatAnMcpServerIsProbedWith) {
    Answers transport({{200, {}, ""}});
    auto headers = shown_token();
    const FreedMemory freed({canary});
    EXPECT_TRUE(mcp::probe(transport, "https://mcp.example/mcp", headers, {}, {}));
    EXPECT_EQ(transport.tokens, 1);
    EXPECT_EQ(freed.blocks(), 0U);
    for (auto& [name, value] : headers) wipe(value);
}

TEST(Wiping, FollowsATokenThatTheCommandPrints) {
    const auto printed = host::TokenEntry::handle(token(1000));
    const FreedMemory freed({canary});
    for (const auto& [format, around] :
         {std::pair("token", "\n"), std::pair("header", "Authorization: Bearer \n"),
          std::pair("json", R"({"access_token":"","token_type":"Bearer",)")}) {
        const Secret text = cli::token_text(printed, format);
        const auto at = text.reveal().find(canary);
        ASSERT_NE(at, std::string_view::npos) << format;
        EXPECT_EQ(text.reveal().back(), '\n') << format;
        const auto rest = std::string(text.reveal()).erase(at, canary.size());
        EXPECT_EQ(rest.rfind(around, 0), 0U) << format;
    }
    EXPECT_EQ(freed.blocks(), 0U);
}

}  // namespace
}  // namespace mcp_auth::secrets
