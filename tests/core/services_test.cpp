// What a plugin may ask of the host, and what it may not.
#include "services.hpp"
#include "core_fixture.hpp"

namespace mcp_auth::host::testing {
namespace {

class ServicesTest : public CoreTest {
protected:
    // Runs `body` inside an acquisition and returns what it returned.
    template <class Body>
    Status inside(Body body) {
        Status status = Status::ok;
        grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest&) {
            status = body(call);
            return Result<plugin::Token>(plugin::Token{call.keep("t"), "Bearer", {}, 0});
        };
        const auto token = connect().token();
        EXPECT_TRUE(token) << (token ? "" : token.error().message);
        return status;
    }
};

TEST_F(ServicesTest, ClientAuthenticationAmongTheFieldsIsRefused) {
    for (const auto* field :
         {"client_id", "client_secret", "client_assertion", "client_assertion_type"}) {
        EXPECT_EQ(
            inside([&](plugin::Call& call) {
                return call.token_request("mcp", {{"grant_type", "x"}, {field, "y"}}).status();
            }),
            Status::invalid_argument)
            << field;
    }
    EXPECT_EQ(acquisitions(), 0U);
}

TEST_F(ServicesTest, AClientThatIsNotConfiguredIsMisconfigured) {
    EXPECT_EQ(inside([](plugin::Call& call) {
                  plugin::ClientRequest request;
                  request.name = "idp";
                  return call.client(request).status();
              }),
              Status::misconfigured);
}

TEST_F(ServicesTest, TheClientComesWithItsIssuerAndMetadata) {
    EXPECT_EQ(inside([](plugin::Call& call) {
                  plugin::ClientRequest request;
                  request.name = "mcp";
                  const auto client = call.client(request);
                  EXPECT_EQ(client->client_id, "us");
                  EXPECT_EQ(client->issuer, "https://auth.example");
                  EXPECT_NE(client->metadata.find("token_endpoint"), std::string_view::npos);
                  return client.status();
              }),
              Status::ok);
}

TEST_F(ServicesTest, ACallThatEndedIsRefused) {
    // A plugin that keeps what it may not keep: the call, and with it the way to the host.
    mcp_auth_call* ended = nullptr;
    inside([&](plugin::Call& call) {
        ended = call.raw();
        return Status::ok;
    });
    mcp_auth_str value{};
    EXPECT_EQ(
        store_service()->get(ended, MCP_AUTH_LIT("mcp"), MCP_AUTH_LIT("key"), &value, nullptr),
        MCP_AUTH_INTERNAL);
}

TEST_F(ServicesTest, ACallOfAnotherThreadIsRefused) {
    EXPECT_EQ(inside([](plugin::Call& call) {
                  Status status = Status::ok;
                  std::thread([&] { status = call.load("mcp", "key").status(); }).join();
                  return status;
              }),
              Status::internal);
}

TEST_F(ServicesTest, OnlyListedOriginsCanBeAsked) {
    EXPECT_EQ(inside([](plugin::Call& call) {
                  plugin::HttpRequest request;
                  request.method = "GET";
                  request.url = "https://elsewhere.example/";
                  return call.http(request).status();
              }),
              Status::misconfigured);
    EXPECT_TRUE(http->requests("GET", "https://elsewhere.example/").empty());
}

TEST_F(ServicesTest, AnAnswersIdThatRepeatsWhatThePluginSentIsNotRecorded) {  // L4
    configuration.insert(configuration.find(R"("scopes")"),
                         R"("origins": ["https://vendor.example"], )");
    http->on("POST", "https://vendor.example/ticket")
        .json(200, "{}", {{"X-Request-Id", "canary-key"}})
        .json(200, "{}", {{"X-Request-Id", "r-canary-password"}})
        .json(200, R"({"ticket":"canary-ticket"})", {{"X-Request-Id", "canary-ticket"}})
        .json(200, "{}", {{"X-Request-Id", "r-1"}});
    inside([](plugin::Call& call) {
        plugin::HttpRequest request;
        request.method = "POST";
        request.url = "https://vendor.example/ticket";
        request.headers = {{"X-Key", "canary-key"}};
        request.body = R"({"password":"canary-password"})";
        for (int i = 0; i < 4; ++i) EXPECT_TRUE(call.http(request));
        return Status::ok;
    });
    std::string ids;
    for (const auto& event : audit->events())
        if (event.leg == "http") ids += "<" + event.correlation + ">";
    EXPECT_EQ(ids, "<><><><r-1>");
}

TEST_F(ServicesTest, AStoredEntryExpires) {
    inside([this](plugin::Call& call) {
        EXPECT_TRUE(call.save("mcp", "key", "value", clock->wall() + 10));
        EXPECT_EQ(*call.load("mcp", "key"), "value");
        clock->advance(std::chrono::seconds(11));
        EXPECT_EQ(*call.load("mcp", "key"), "");
        return Status::ok;
    });
}

// Waits of one thread are over at once, and have moved the clock.
class ImpatientClock final : public Clock {
public:
    explicit ImpatientClock(std::shared_ptr<ManualClock> manual) : manual_(std::move(manual)) {}
    void passes_for_this_thread() { thread_ = std::this_thread::get_id(); }

    std::int64_t wall() const override { return manual_->wall(); }
    Deadline now() const override { return manual_->now(); }
    void random(void* bytes, std::size_t size) override { manual_->random(bytes, size); }
    void wait(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
              Deadline until) override {
        if (thread_.load() == std::this_thread::get_id())
            manual_->advance(until - now());
        else
            manual_->wait(condition, lock, until);
    }

private:
    std::shared_ptr<ManualClock> manual_;
    std::atomic<std::thread::id> thread_;
};

TEST_F(ServicesTest, AGrantThatPollsWaitsByTheHostsClock) {
    const auto impatient = std::make_shared<ImpatientClock>(clock);
    hooked_clock = impatient;
    EXPECT_EQ(inside([&](plugin::Call& call) {
                  impatient->passes_for_this_thread();
                  const auto before = clock->now();
                  EXPECT_TRUE(call.sleep(std::chrono::milliseconds(-1)));
                  EXPECT_EQ(clock->now(), before);
                  const auto status = call.sleep(std::chrono::milliseconds(1500)).status();
                  EXPECT_EQ(clock->now() - before, std::chrono::milliseconds(1500));
                  return status;
              }),
              Status::ok);
}

TEST_F(ServicesTest, AWaitForLongerThanTheCallHasEndsAtOnce) {
    EXPECT_EQ(inside([](plugin::Call& call) {  // at once: nobody moves the clock
                  EXPECT_EQ(call.sleep(std::chrono::milliseconds::max()).status(),
                            Status::deadline);
                  return call.sleep(std::chrono::hours(1)).status();
              }),
              Status::deadline);
}

TEST_F(ServicesTest, AWaitEndsWithTheAcquisition) {
    std::atomic<bool> waiting{false};
    Status ended = Status::ok;
    grant.acquire = [&](plugin::Call& call, const plugin::TokenRequest&) -> Result<plugin::Token> {
        waiting = true;
        const auto waited = call.sleep(std::chrono::seconds(5));
        ended = waited.status();
        return waited.error();
    };
    const auto chat = connect();
    std::atomic<bool> completed{false};
    chat.authorize_async({}, [&](const Result<AccessToken>&) { completed = true; });
    while (!waiting) std::this_thread::yield();
    host_->close();
    EXPECT_TRUE(completed);
    EXPECT_EQ(ended, Status::cancelled);
}

TEST_F(ServicesTest, ALeaseIsTakenAgainInOneCallButNotASecondOne) {
    inside([](plugin::Call& call) {
        EXPECT_TRUE(call.lease("mcp", "key"));
        EXPECT_TRUE(call.lease("mcp", "key"));
        EXPECT_EQ(call.lease("mcp", "other").status(), Status::internal);
        call.release("mcp", "key");
        EXPECT_TRUE(call.lease("mcp", "other"));
        return Status::ok;
    });
}

// What an entry is kept under can change while a plugin holds its lease: the user's assertion says
// whose it is.
TEST_F(ServicesTest, ALeaseIsReleasedByTheNamesThatItWasTakenBy) {
    const auto at = configuration.find("\"plugin\": \"scripted\"");
    configuration.insert(at, R"("subject": { "type": "saml2", "from": "application" }, )");
    application_subject = [](std::string_view, const Bounds&) {
        SubjectAssertion assertion;
        assertion.value = "<Assertion/>";
        assertion.issuer = "https://idp.example";
        assertion.subject = "alice";
        return Result<SubjectAssertion>(std::move(assertion));
    };
    inside([](plugin::Call& call) {
        EXPECT_TRUE(call.lease("mcp", "key"));
        EXPECT_TRUE(call.subject({MCP_AUTH_TYPE_SAML2}));
        EXPECT_TRUE(call.lease("mcp", "key")) << "it still holds it";
        call.release("mcp", "key");
        const auto other = call.lease("mcp", "other");
        EXPECT_TRUE(other) << (other ? "" : other.error().message);
        return Status::ok;
    });
}

TEST_F(ServicesTest, APeersLeaseEndsWithThePeersRun) {
    grant.assertion = [](plugin::Call& call, const plugin::AssertionRequest&) {
        EXPECT_TRUE(call.lease("idp", "key"));
        plugin::Assertion assertion;
        assertion.assertion = call.keep("a");
        assertion.token_type = MCP_AUTH_TYPE_ID_JAG;
        return Result<plugin::Assertion>(assertion);
    };
    const std::string peer = "\"peer\": { ";
    configuration.insert(configuration.find(peer) + peer.size(),
                         R"("clients": { "idp": { "id": "them", "method": "none",
                             "issuer": "https://idp.example",
                             "token_endpoint": "https://idp.example/token" } }, )");
    inside([](plugin::Call& call) {
        EXPECT_TRUE(call.peer_assertion("peer", {}));
        const auto own = call.lease("mcp", "key");
        EXPECT_TRUE(own) << (own ? "" : own.error().message);
        return Status::ok;
    });
}

TEST_F(ServicesTest, AProviderThatAsksItselfIsMisconfigured) {
    EXPECT_EQ(inside([](plugin::Call& call) { return call.peer_assertion("acme", {}).status(); }),
              Status::misconfigured);
}

TEST_F(ServicesTest, APeersAssertionComesThrough) {
    grant.assertion = [](plugin::Call& call, const plugin::AssertionRequest& request) {
        plugin::Assertion assertion;
        assertion.assertion = call.keep("for " + std::string(request.audience));
        assertion.token_type = MCP_AUTH_TYPE_ID_JAG;
        assertion.issuer = "https://idp.example";
        return Result<plugin::Assertion>(assertion);
    };
    EXPECT_EQ(inside([](plugin::Call& call) {
                  plugin::AssertionRequest request;
                  request.audience = "https://auth.example";
                  const auto assertion = call.peer_assertion("peer", request);
                  EXPECT_EQ(assertion->assertion, "for https://auth.example");
                  EXPECT_EQ(assertion->issuer, "https://idp.example");
                  return assertion.status();
              }),
              Status::ok);
}

TEST_F(ServicesTest, AFieldThatTheHostDoesNotKnowIsRedacted) {
    inside([](plugin::Call& call) {
        call.log(plugin::Level::info, "something happened",
                 {{"issuer", "https://idp.example"}, {"jti", "secret-canary"}});
        return Status::ok;
    });
    bool seen = false;
    for (const auto& event : audit->events()) {
        if (event.event != "something happened") continue;
        seen = true;
        EXPECT_EQ(event.fields.at(0).second, "https://idp.example");
        EXPECT_EQ(event.fields.at(1).second, "[redacted]");
    }
    EXPECT_TRUE(seen);
}

// Says when it comes and when it goes.
class Parting final : public plugin::Provider {
public:
    explicit Parting(const plugin::Host& host) : host_(host) { says("created"); }
    ~Parting() override { says("destroyed"); }
    static Result<std::unique_ptr<plugin::Provider>> create(const plugin::Host& host,
                                                            const plugin::Instance&) {
        return std::unique_ptr<plugin::Provider>(std::make_unique<Parting>(host));
    }

private:
    void says(std::string_view what) const {
        host_.log(plugin::Level::info, what, {{"count", std::to_string(host_.now())}});
    }
    const plugin::Host host_;
};
MCP_AUTH_BUILTIN_PLUGIN(parting_entry, Parting, "parting", "1.0.0", MCP_AUTH_ROLE_TOKEN)

TEST_F(ServicesTest, LogAndClockAreThereInCreateAndDestroyToo) {
    auto all = options();
    all.builtin.push_back({parting_entry, R"({
      "manifest_version": 1, "id": "parting", "version": "1.0.0", "vendor": "tests",
      "description": "logs", "abi": { "major": 1, "min_minor": 0 },
      "roles": ["mcp.auth.token/1"]})"});
    all.config_json = R"({"version": 1, "providers": {"acme": {"plugin": "parting"}},
      "connections": [{"server": "https://mcp.example/mcp", "provider": "acme",
                       "issuer": "https://auth.example"}]})";
    {
        auto host = Host::open(all);
        ASSERT_TRUE(host) << host.error().message;
        ASSERT_TRUE(host->connection(server));
    }
    std::string said;
    for (const auto& event : audit->events())
        if (event.kind == AuditEvent::Kind::log)
            said += event.event + " " + event.fields.at(0).second + "; ";
    const auto now = std::to_string(clock->wall());
    EXPECT_EQ(said, "created " + now + "; destroyed " + now + "; ");
}

TEST_F(ServicesTest, AnExceptionOfAPluginIsInternal) {
    grant.acquire = [](plugin::Call&, const plugin::TokenRequest&) -> Result<plugin::Token> {
        throw std::runtime_error("secret-canary");
    };
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::internal);
    EXPECT_EQ(token.error().message.find("secret-canary"), std::string::npos);
}

TEST_F(ServicesTest, TheFailureOfAServiceReachesTheApplicationWhole) {
    http->on("POST", token_url)
        .json(400, R"({"error": "access_denied", "error_description": "not for you"})");
    const auto token = connect().token();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().status, Status::denied);
    EXPECT_EQ(token.error().oauth_error, "access_denied");
    EXPECT_EQ(token.error().description, "not for you");
    EXPECT_EQ(token.error().http_status, 400);
}

TEST_F(ServicesTest, AnAssertionForTheApplicationNamesItsClientAndAnAllowedAudience) {
    std::string client_id;
    grant.assertion = [&](plugin::Call& call, const plugin::AssertionRequest& request) {
        client_id = request.client_id;
        return Result<plugin::Assertion>(
            plugin::Assertion{call.keep("jag"), MCP_AUTH_TYPE_ID_JAG, {}, {}, 0});
    };
    const auto chat = connect();
    const auto good = chat.assertion({"https://auth.example", "", ""});
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->value, "jag");
    EXPECT_EQ(client_id, "us");
    EXPECT_EQ(chat.assertion({"https://evil.example", "", ""}).status(), Status::misconfigured);
}

TEST_F(ServicesTest, AnAssertionForNoAudienceInParticularIsForTheServers) {
    std::string asked;
    grant.assertion = [&](plugin::Call& call, const plugin::AssertionRequest& request) {
        asked = std::string(request.audience) + " " + std::string(request.resource) + " " +
                std::string(request.scope);
        return Result<plugin::Assertion>(
            plugin::Assertion{call.keep("jag"), MCP_AUTH_TYPE_ID_JAG, {}, {}, 0});
    };
    const auto good = connect().assertion({});
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(asked, "https://auth.example https://mcp.example/mcp read");
}

TEST_F(ServicesTest, AnAssertionForNoAudienceFailsAsTheServersDiscoveryDoes) {
    http->on("GET", issuer_url).anew().json(404, "{}");
    const auto assertion = connect().assertion({});
    ASSERT_FALSE(assertion);
    EXPECT_NE(assertion.error().message.find("https://auth.example"), std::string::npos);
}

}  // namespace
}  // namespace mcp_auth::host::testing
