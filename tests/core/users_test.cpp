// Whose token it is: protocol.md D4, H4; design.md "Whose token".
#include "core_fixture.hpp"

#include <mcp_auth/jws.hpp>

namespace mcp_auth::host::testing {
namespace {

std::string id_token(const std::string& subject,
                     const std::string& issuer = "https://idp.example") {
    return base64url_encode(R"({"alg":"ES256"})") + "." +
           base64url_encode(R"({"iss":")" + issuer + R"(","sub":")" + subject + "\"}") + "." +
           base64url_encode("signature");
}

class UsersTest : public CoreTest {
protected:
    UsersTest() {
        // The token says whose assertion it was made from.
        grant.acquire = [this](plugin::Call& call,
                               const plugin::TokenRequest&) -> Result<plugin::Token> {
            ++grants;
            auto subject = call.subject({MCP_AUTH_TYPE_ID_TOKEN});
            if (!subject) return subject.error();
            auto kept = call.load("mcp", "seen");
            if (!kept) return kept.error();
            const auto jws = Jws::decode(subject->assertion);
            std::string token = std::string(jws->payload.string("sub")) + "." +
                                std::to_string(grants) + "." + std::string(*kept);
            const std::string sub(jws->payload.string("sub"));
            if (auto saved = call.save("mcp", "seen", sub, 0); !saved) return saved.error();
            return plugin::Token{call.keep(std::move(token)), "Bearer", {}, 0};
        };
    }
    static SubjectSource source(std::string subject) {
        return [subject](std::string_view, const Bounds&) {
            SubjectAssertion assertion;
            assertion.value = id_token(subject);
            return Result<SubjectAssertion>(std::move(assertion));
        };
    }
    static Wait as(const User& user) {
        Wait wait;
        wait.user = user;
        return wait;
    }
    // "chat" by one provider, whose configuration goes on with `more`, and "mail" by another.
    void two_providers(const std::string& more = {}) {
        configuration = R"({
          "version": 1,
          "providers": {
            "acme": { "plugin": "scripted", "clients": { "mcp": { "id": "us", "method": "none" } })" +
                        more + R"( },
            "peer": { "plugin": "scripted", "clients": { "mcp": { "id": "us", "method": "none" } } }
          },
          "connections": [
            { "name": "chat", "server": "https://mcp.example/mcp", "provider": "acme",
              "issuer": "https://auth.example" },
            { "name": "mail", "server": "https://mcp.example/mail", "provider": "peer",
              "issuer": "https://auth.example" }
          ]
        })";
        http->on("GET", "https://mcp.example/.well-known/oauth-protected-resource/mail")
            .always()
            .json(200, R"({"resource": "https://mcp.example/mail",
                           "authorization_servers": ["https://auth.example"]})");
    }
    std::atomic<int> grants{0};
};

TEST_F(UsersTest, TwoUsersHaveTwoTokens) {
    const auto chat = connect();
    const auto alice = host_->user("alice", source("alice")),
               bob = host_->user("bob", source("bob"));
    EXPECT_EQ(chat.token(as(alice))->value(), "alice.1.");
    EXPECT_EQ(chat.token(as(bob))->value(), "bob.2.");
    EXPECT_EQ(chat.token(as(alice))->value(), "alice.1.");
    EXPECT_EQ(chat.cached(bob)->value(), "bob.2.");
}

// Opaque, so that no claim tells them apart.
TEST_F(UsersTest, TwoSubjectsThatAreWrittenIntoTheConfigurationAreTwoUsers) {
    grant.acquire = [](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        auto subject = call.subject({MCP_AUTH_TYPE_REFRESH_TOKEN});
        if (!subject) return subject.error();
        auto kept = call.load("mcp", "seen");
        if (!kept) return kept.error();
        if (auto saved = call.save("mcp", "seen", subject->assertion, 0); !saved)
            return saved.error();
        return plugin::Token{
            call.keep(std::string(subject->assertion) + "." + std::string(*kept)), "Bearer", {}, 0};
    };
    configuration = R"({
      "version": 1,
      "providers": {
        "acme": { "plugin": "scripted", "clients": { "mcp": { "id": "us", "method": "none" } } }
      },
      "connections": [
        { "name": "hers", "server": "https://mcp.example/mcp", "provider": "acme",
          "issuer": "https://auth.example", "subject": { "type": "refresh_token", "from": "alice" } },
        { "name": "his", "server": "https://mcp.example/his", "provider": "acme",
          "issuer": "https://auth.example", "subject": { "type": "refresh_token", "from": "bob" } }
      ]
    })";
    http->on("GET", "https://mcp.example/.well-known/oauth-protected-resource/his")
        .always()
        .json(200, R"({"resource": "https://mcp.example/his",
                       "authorization_servers": ["https://auth.example"]})");
    const auto hers = connect().token();
    ASSERT_TRUE(hers) << hers.error().message;
    EXPECT_EQ(hers->value(), "alice.");
    const auto his = host_->connection("https://mcp.example/his")->token();
    ASSERT_TRUE(his) << his.error().message;
    EXPECT_EQ(his->value(), "bob.");
}

TEST_F(UsersTest, TheSameIdIsTheSameUserAndALaterSourceReplacesTheFormer) {
    const auto chat = connect();
    const auto alice = host_->user("alice", [](std::string_view, const Bounds&) {
        return Result<SubjectAssertion>(Error{Status::interaction_required, "", "sign in"});
    });
    EXPECT_EQ(chat.token(as(alice)).status(), Status::interaction_required);
    (void)host_->user("alice", source("alice"));
    EXPECT_TRUE(chat.token(as(alice)));
}

TEST_F(UsersTest, AUserWithoutASourceNeverGetsTheConfiguredSubject) {
    configuration.replace(configuration.find("\"plugin\": \"scripted\","), 21,
                          "\"plugin\": \"scripted\", \"subject\": {\"type\": \"id_token\", "
                          "\"from\": \"application\"},");
    application_subject = source("configured");
    const auto chat = connect();
    EXPECT_EQ(chat.token()->value(), "configured.1.");
    EXPECT_EQ(chat.token(as(host_->user("alice", {}))).status(), Status::invalid_argument);
}

TEST_F(UsersTest, ACallWithoutAUserIsTheCallersFaultWhereTheApplicationNamesThem) {
    configuration.replace(configuration.find("\"plugin\": \"scripted\","), 21,
                          "\"plugin\": \"scripted\", \"subject\": {\"type\": \"id_token\", "
                          "\"from\": \"application\"},");
    const auto chat = connect();
    EXPECT_EQ(chat.token().status(), Status::invalid_argument);
    EXPECT_EQ(grants, 0);
}

TEST_F(UsersTest, SigningOutDropsTokensAndStoredEntries) {
    const auto chat = connect();
    const auto alice = host_->user("alice", source("alice"));
    ASSERT_EQ(chat.token(as(alice))->value(), "alice.1.");
    alice.sign_out();
    EXPECT_FALSE(chat.cached(alice));
    EXPECT_EQ(chat.token(as(alice))->value(), "alice.2.");  // nothing was left in the store
}

TEST_F(UsersTest, SigningOutCancelsWhatIsInFlightAndNoLateWriteBringsAnythingBack) {
    std::atomic<bool> began{false}, go_on{false};
    std::atomic<int> saved{-1};
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        began = true;
        while (!go_on) std::this_thread::yield();
        saved = static_cast<int>(call.save("mcp", "late", "entry", 0).status());
        return plugin::Token{call.keep("late"), "Bearer", {}, 0};
    };
    const auto chat = connect();
    const auto alice = host_->user("alice", source("alice"));
    std::optional<Result<AccessToken>> result;
    std::thread caller([&] { result.emplace(chat.token(as(alice))); });
    while (!began) std::this_thread::yield();
    alice.sign_out();
    go_on = true;
    caller.join();
    EXPECT_EQ(result->status(), Status::cancelled);
    EXPECT_EQ(saved, static_cast<int>(Status::cancelled));
    EXPECT_FALSE(chat.cached(alice));
}

// A store that lets something happen just before it erases.
class MeanwhileStore final : public Store {
public:
    Result<std::string> get(std::string_view key, std::int64_t now) override {
        return kept_->get(key, now);
    }
    Result<void> put(std::string_view key, std::string_view value,
                     std::int64_t expires_at) override {
        return kept_->put(key, value, expires_at);
    }
    Result<void> erase_prefix(std::string_view prefix, std::string_view except) override {
        if (auto happens = std::exchange(meanwhile, nullptr)) happens();
        return kept_->erase_prefix(prefix, except);
    }
    Result<std::shared_ptr<void>> lease(std::string_view key, const Bounds& bounds) override {
        return kept_->lease(key, bounds);
    }
    std::function<void()> meanwhile;

private:
    const std::shared_ptr<Store> kept_ = Store::memory();
};

TEST_F(UsersTest, SigningOutErasesNothingThatTheNextGenerationHasStoredAlready) {
    const auto slow = std::make_shared<MeanwhileStore>();
    store = slow;
    const auto chat = connect();
    const auto alice = host_->user("alice", source("alice"));
    EXPECT_EQ(chat.token(as(alice))->value(), "alice.1.");
    slow->meanwhile = [&] { EXPECT_EQ(chat.token(as(alice))->value(), "alice.2."); };
    alice.sign_out();
    EXPECT_EQ(chat.cached(alice)->value(), "alice.2.");
    Wait wider = as(alice);
    wider.scope = "wider";
    EXPECT_EQ(chat.token(wider)->value(), "alice.3.alice");  // what the second had stored is there
}

TEST_F(UsersTest, SigningOutErasesWhatAnotherProcessStoredAfterASignOutOfItsOwn) {
    store = Store::memory();  // outlives the first host, as one on disk does
    {
        const auto chat = connect();
        const auto alice = host_->user("alice", source("alice"));
        alice.sign_out();
        EXPECT_EQ(chat.token(as(alice))->value(), "alice.1.");
    }
    const auto chat = connect();
    const auto alice = host_->user("alice", source("alice"));
    (void)chat.token(as(alice));
    alice.sign_out();
    EXPECT_EQ(chat.token(as(alice))->value(), "alice.3.");
}

TEST_F(UsersTest, TheNextProcessFindsWhatWasStored) {
    store = Store::memory();
    {
        const auto chat = connect();
        EXPECT_EQ(chat.token(as(host_->user("alice", source("alice"))))->value(), "alice.1.");
    }
    const auto chat = connect();
    EXPECT_EQ(chat.token(as(host_->user("alice", source("alice"))))->value(), "alice.2.alice");
}

TEST_F(UsersTest, AnotherSubjectUnderOneHandleBeginsANewGeneration) {
    std::string who = "alice";
    const auto chat = connect();
    const auto user = host_->user("desk-7", [&](std::string_view type, const Bounds& bounds) {
        return source(who)(type, bounds);
    });
    ASSERT_EQ(chat.token(as(user))->value(), "alice.1.");
    who = "bob";
    auto call = chat.request(user);
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized()));
    const auto headers = call.authorize("POST", server);
    ASSERT_TRUE(headers) << headers.error().message;
    // The run that noticed is void; the next one found nothing of alice's in the store.
    EXPECT_EQ(headers->at(0).second, "Bearer bob.3.");
    // And it is the new user's token from here on.
    EXPECT_EQ(chat.token(as(user))->value(), "bob.3.");
}

// D4: who notices is one provider; the user is the same at the other.
TEST_F(UsersTest, AnotherSubjectAtOneProviderDropsTheTokensOfTheOther) {
    two_providers();
    std::string who = "alice";
    const auto chat = connect();
    const auto mail = host_->connection("https://mcp.example/mail");
    ASSERT_TRUE(mail);
    const auto user = host_->user("desk-7", [&](std::string_view type, const Bounds& bounds) {
        return source(who)(type, bounds);
    });
    ASSERT_EQ(chat.token(as(user))->value(), "alice.1.");
    ASSERT_EQ(mail->token(as(user))->value(), "alice.2.");
    who = "bob";
    auto call = chat.request(user);
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized()));
    ASSERT_TRUE(call.authorize("POST", server));
    EXPECT_FALSE(mail->cached(user));
    const auto token = mail->token(as(user));
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->value().substr(0, 4), "bob.");
    EXPECT_EQ(token->value().find("alice"), std::string::npos);  // nor from the store
}

// A source that says another each time it is asked would start over for ever.
TEST_F(UsersTest, ASubjectThatChangesAgainAndAgainIsUnavailable) {
    int asked = 0;
    const auto chat = connect();
    const auto user = host_->user("desk-7", [&](std::string_view type, const Bounds& bounds) {
        return source("user-" + std::to_string(asked++))(type, bounds);
    });
    ASSERT_TRUE(chat.token(as(user)));
    auto call = chat.request(user);
    ASSERT_TRUE(call.authorize("POST", server));
    ASSERT_TRUE(call.again(401, unauthorized()));
    const auto headers = call.authorize("POST", server);
    ASSERT_FALSE(headers);
    EXPECT_EQ(headers.status(), Status::unavailable);
    EXPECT_EQ(headers.error().leg, "subject");
    EXPECT_EQ(headers.error().message.find("user-"), std::string::npos);
}

// Its provider gives tokens here and serves another as a peer there: one user, one session.
TEST_F(UsersTest, TheConfiguredSubjectHasOneSessionWhoeverAsksItsProvider) {
    application_subject = source("alice");
    two_providers(R"(, "subject": { "type": "id_token", "from": "application" })");
    const auto direct = grant.acquire;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest& request) {
        if (!request.server.ends_with("/mail")) return direct(call, request);
        const auto assertion = call.peer_assertion("acme", {});
        if (!assertion) return Result<plugin::Token>(assertion.error());
        return Result<plugin::Token>(plugin::Token{assertion->assertion, "Bearer", {}, 0});
    };
    grant.assertion = [](plugin::Call& call,
                         const plugin::AssertionRequest&) -> Result<plugin::Assertion> {
        if (const auto subject = call.subject({MCP_AUTH_TYPE_ID_TOKEN}); !subject)
            return subject.error();
        const auto seen = call.load("mcp", "seen");
        if (!seen) return seen.error();
        plugin::Assertion assertion;
        assertion.assertion = call.keep("seen-by-" + std::string(*seen));
        assertion.token_type = MCP_AUTH_TYPE_ID_JAG;
        return assertion;
    };
    const auto chat = connect();
    const auto mail = host_->connection("https://mcp.example/mail");
    ASSERT_TRUE(mail);
    ASSERT_TRUE(chat.token());
    const auto token = mail->token();
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->value(), "seen-by-alice");
}

TEST_F(UsersTest, AThousandUsersInRandomOrderNeverSeeEachOthersTokens) {
    threads = 8;
    const auto chat = connect();
    std::vector<User> users;
    for (int i = 0; i < 1000; ++i) {
        const auto name = "user" + std::to_string(i);
        users.push_back(host_->user(name, source(name)));
    }
    std::atomic<int> wrong{0};
    std::vector<std::thread> callers;
    for (unsigned seed = 1; seed <= 4; ++seed) {
        callers.emplace_back([&, seed] {
            unsigned state = seed;
            for (int i = 0; i < 1500; ++i) {
                state = state * 1664525U + 1013904223U;
                const auto& user = users[(state >> 8) % users.size()];
                if (state % 97 == 0) user.sign_out();
                const auto token = chat.token(as(user));
                if (!token) {
                    if (token.error().status != Status::cancelled) ++wrong;
                    continue;
                }
                // "<user>.<count>.<what this user's store held: nothing, or the user>"
                const std::string text(token->value()), own = user.id() + ".";
                const auto stored = text.substr(text.rfind('.') + 1);
                if (text.rfind(own, 0) != 0 || (!stored.empty() && stored != user.id())) ++wrong;
            }
        });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace mcp_auth::host::testing
