// Entries of the store, the lease on them, and assertions that are kept there.
#include <mcp_auth/assertion_cache.hpp>
#include <mcp_auth/kept_entry.hpp>
#include <mcp_auth/testing.hpp>

#include <gmock/gmock.h>

namespace mcp_auth::plugin {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::IsEmpty;

class Kept : public ::testing::Test {
protected:
    auto logged(const char* event) { return Contains(Field(&testing::LogLine::event, event)); }
    void store_fails() {
        host.fails(MCP_AUTH_SERVICE_STORE, Error(Status::unavailable, "store", "the disk is full"));
    }
    testing::FakeHost host;
    testing::CallUnderTest call{host};
};

// ---- entries ----

using KeptEntryOf = Kept;

TEST_F(KeptEntryOf, AKeyIsFoundAgainUntilItIsForgotten) {
    KeptEntry entry(*call, "mcp", {"refresh", "https://a"});
    EXPECT_TRUE(entry.load().is_null());
    entry.save(json::Value::object().set("token", "t"));
    EXPECT_EQ(KeptEntry(*call, "mcp", {"refresh", "https://a"}).load().string("token"), "t");
    EXPECT_EQ(host.stored("mcp", R"(["refresh","https://a"])")->expires_at, 0);
    entry.forget();
    EXPECT_TRUE(entry.load().is_null());
    EXPECT_EQ(host.stored_count(), 0U);
}

TEST_F(KeptEntryOf, OtherPartsOrAnotherClientIsAnother) {
    KeptEntry(*call, "mcp", {"a", "b"}).save(json::Value::object().set("x", 1));
    EXPECT_TRUE(KeptEntry(*call, "mcp", {"a b"}).load().is_null());
    EXPECT_TRUE(KeptEntry(*call, "mcp", {"a\",\"b"}).load().is_null());
    EXPECT_TRUE(KeptEntry(*call, "mcp", {"a", "b", ""}).load().is_null());
    EXPECT_TRUE(KeptEntry(*call, "idp", {"a", "b"}).load().is_null());
}

TEST_F(KeptEntryOf, AnExpiryIsGoneThen) {
    KeptEntry entry(*call, "mcp", {"a"});
    entry.save(json::Value::object().set("x", 1), host.now() + 10);
    EXPECT_TRUE(entry.load().is_object());
    host.advance(std::chrono::seconds(10));
    EXPECT_TRUE(entry.load().is_null());
}

TEST_F(KeptEntryOf, WhatIsNoObjectIsNothing) {
    for (const char* value : {"no json", "[1]", "7"}) {
        host.put("mcp", R"(["a"])", {value, 0});
        EXPECT_TRUE(KeptEntry(*call, "mcp", {"a"}).load().is_null()) << value;
    }
}

TEST_F(KeptEntryOf, AStoreThatIsDownIsLoggedAndStopsNothing) {
    store_fails();
    KeptEntry entry(*call, "mcp", {"a"});
    entry.save(json::Value::object().set("x", 1));
    EXPECT_TRUE(entry.load().is_null());
    EXPECT_THAT(host.logs(), logged("the store could not be read"));
    EXPECT_THAT(host.logs(), logged("the store could not be written"));
}

TEST_F(KeptEntryOf, AHostWithoutAStoreIsNotAsked) {
    host.remove(MCP_AUTH_SERVICE_STORE);
    KeptEntry entry(*call, "mcp", {"a"}, false);
    entry.save(json::Value::object().set("x", 1));
    EXPECT_TRUE(entry.load().is_null());
    EXPECT_TRUE(Lease(entry).held());
    EXPECT_THAT(host.logs(), IsEmpty());
}

// ---- leases ----

// The same entry, in two calls.
class LeaseOn : public Kept {
protected:
    LeaseOn() { host.set_lease_patience(std::chrono::milliseconds(0)); }
    testing::CallUnderTest other{host};
    KeptEntry mine{*call, "mcp", {"a"}}, theirs{*other, "mcp", {"a"}};
};

TEST_F(LeaseOn, AnEntryIsExclusiveUntilTheBlockEnds) {
    {
        const Lease lease(mine);
        ASSERT_TRUE(lease.held());
        EXPECT_EQ(Lease(theirs).held().status(), Status::deadline);
    }
    testing::CallUnderTest third(host);
    const KeptEntry entry(*third, "mcp", {"a"});
    EXPECT_TRUE(Lease(entry).held());
}

TEST_F(LeaseOn, AnEntryThatWasNotHadReleasesNothing) {
    const Lease lease(mine);
    { const Lease refused(theirs); }
    testing::CallUnderTest third(host);
    const KeptEntry entry(*third, "mcp", {"a"});
    EXPECT_EQ(Lease(entry).held().status(), Status::deadline);
}

TEST_F(LeaseOn, AStoreThatIsDownIsTheHostsError) {
    store_fails();
    const KeptEntry entry(*call, "mcp", {"a"});
    EXPECT_EQ(Lease(entry).held().status(), Status::unavailable);
}

// ---- assertions ----

class AssertionCacheOf : public Kept {
protected:
    AssertionRequest request = testing::typical_assertion_request();
    const Assertion given{"CANARY-assertion", MCP_AUTH_TYPE_ID_JAG, "https://acme.idp.example",
                          "chat.read", host.now() + 300};

    AssertionCache cache() { return {*call, "idp", request, "", true}; }
    bool found() { return cache().load(60).has_value(); }
};

TEST_F(AssertionCacheOf, ARequestGivesWhatWasKeptForIt) {
    cache().save(given);
    const auto kept = cache().load(60);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->assertion, given.assertion);
    EXPECT_EQ(kept->token_type, given.token_type);
    EXPECT_EQ(kept->issuer, given.issuer);
    EXPECT_EQ(kept->scope, given.scope);
    EXPECT_EQ(kept->expires_at, given.expires_at);
}

TEST_F(AssertionCacheOf, OneThatExpiresWithinTheLeewayIsNotUsed) {
    cache().save(given);
    host.advance(std::chrono::seconds(239));
    EXPECT_TRUE(found());
    host.advance(std::chrono::seconds(1));
    EXPECT_FALSE(found());
    EXPECT_TRUE(cache().load(0));
}

TEST_F(AssertionCacheOf, OneWhoseExpiryNobodySaidIsNotKept) {
    Assertion opaque = given;
    opaque.expires_at = 0;
    cache().save(opaque);
    EXPECT_EQ(host.stored_count(), 0U);
}

TEST_F(AssertionCacheOf, ARefusalIsNotAnsweredByTheSame) {
    cache().save(given);
    request.reason = Reason::expiring;
    EXPECT_TRUE(found());
    for (const auto reason : {Reason::rejected, Reason::insufficient_scope}) {
        request.reason = reason;
        EXPECT_FALSE(found());
    }
}

TEST_F(AssertionCacheOf, WhateverItIsBoundToTellsItApart) {
    cache().save(given);
    const AssertionRequest kept_for = request;
    for (auto member :
         {&AssertionRequest::audience, &AssertionRequest::resource, &AssertionRequest::scope,
          &AssertionRequest::client_id, &AssertionRequest::dpop_jkt}) {
        request = kept_for;
        request.*member = "another";
        EXPECT_FALSE(found());
    }
    request = kept_for;
    EXPECT_FALSE(AssertionCache(*call, "idp", request, "a-peer", true).load(60));
    EXPECT_FALSE(AssertionCache(*call, "mcp", request, "", true).load(60));
    EXPECT_TRUE(found());
}

TEST_F(AssertionCacheOf, TheOrderOfScopesTellsNothingApart) {
    request.scope = "b a";
    cache().save(given);
    request.scope = "a  b a";
    EXPECT_TRUE(found());
}

TEST_F(AssertionCacheOf, ARefusedOneIsForgotten) {
    cache().save(given);
    cache().forget();
    EXPECT_FALSE(found());
}

TEST_F(AssertionCacheOf, SingleUseIsLearnedForAllOfThatServerAndForAMonth) {
    cache().save(given);
    request.resource = "https://mcp.chat.example/b";
    cache().save(given);
    auto learning = cache();
    EXPECT_FALSE(learning.single_use());
    learning.learn_single_use();
    EXPECT_TRUE(learning.single_use());
    learning.save(given);
    EXPECT_FALSE(found());
    request.resource = "https://mcp.chat.example/mcp";
    EXPECT_FALSE(found());  // what was kept before is not shown again either
    EXPECT_TRUE(cache().single_use());

    request.audience = "https://auth.other.example";
    EXPECT_FALSE(cache().single_use());
    request.audience = "https://auth.chat.example";
    host.advance(std::chrono::hours(30 * 24));
    EXPECT_FALSE(cache().single_use());
}

TEST_F(AssertionCacheOf, AHostWithoutAStoreHoldsNothing) {
    host.remove(MCP_AUTH_SERVICE_STORE);
    AssertionCache none(*call, "idp", request, "", false);
    none.save(given);
    EXPECT_FALSE(none.load(60));
    none.learn_single_use();
    EXPECT_TRUE(none.single_use());  // for this acquisition
    EXPECT_THAT(host.logs(), IsEmpty());
}

}  // namespace
}  // namespace mcp_auth::plugin
