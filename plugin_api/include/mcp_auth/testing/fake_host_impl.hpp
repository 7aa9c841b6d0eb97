// The inline half of fake_host.hpp; include that.
#pragma once

#include <mcp_auth/testing/fake_host.hpp>

namespace mcp_auth::testing {

// Whose log and clock a plugin means when it gives them no call, as create() must: the host that
// runs the plugin on this thread. Null outside of it.
inline thread_local FakeHost* running_host = nullptr;

// Told when a plugin calls a service, log and clock included, while none of its functions runs on
// that thread: from a thread of its own, a static destructor, atexit. No FakeHost need be left.
inline void (*on_stray_service)(const char* service) noexcept = nullptr;

inline void stray(const char* service) noexcept {
    if (on_stray_service) on_stray_service(service);
}

inline void FakeHost::remove(std::string_view service_id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    removed_.emplace(service_id);
}

inline void FakeHost::fails(std::string_view service_id, Error error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    outages_.insert_or_assign(std::string(service_id), std::move(error));
}

inline Script<ClientAnswer, SentClientRequest>& FakeHost::client(std::string_view name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return clients_[std::string(name)];
}

inline void FakeHost::client(std::string_view name, ClientAnswer answer) {
    client(name).always(answer);
    const std::lock_guard<std::mutex> lock(mutex_);
    known_clients_[std::string(name)] = std::move(answer);
}

inline Script<TokenAnswer, SentTokenRequest>& FakeHost::token_request(std::string_view client) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return tokens_[std::string(client)];
}

inline Script<AssertionAnswer, SentPeerRequest>& FakeHost::peer(std::string_view provider) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return peers_[std::string(provider)];
}

inline void FakeHost::subject(std::string_view token_type, std::string assertion,
                              std::int64_t expires_at) {
    const std::lock_guard<std::mutex> lock(mutex_);
    subjects_.insert_or_assign(std::string(token_type),
                               StoreEntry{std::move(assertion), expires_at});
}

inline void FakeHost::subject(std::string_view token_type, Error error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    subjects_.insert_or_assign(std::string(token_type), std::move(error));
}

inline FakeHost::StoreKey FakeHost::store_key(std::string_view client, std::string_view key) const {
    const auto known = known_clients_.find(client);
    std::string owner = known == known_clients_.end()
                            ? std::string(client)
                            : known->second.issuer + '\n' + known->second.client_id;
    return {std::move(owner), std::string(key)};
}

inline void FakeHost::put(std::string_view client, std::string_view key, StoreEntry entry) {
    const std::lock_guard<std::mutex> lock(mutex_);
    store_[store_key(client, key)] = std::move(entry);
}

inline std::optional<StoreEntry> FakeHost::stored(std::string_view client,
                                                  std::string_view key) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto entry = store_.find(store_key(client, key));
    if (entry == store_.end()) return std::nullopt;
    return entry->second;
}

inline std::size_t FakeHost::stored_count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return store_.size();
}

inline std::vector<SentTokenRequest> FakeHost::token_requests(std::string_view client) const {
    std::vector<SentTokenRequest> of_client;
    for (SentTokenRequest& sent : token_requests())
        if (sent.client == client) of_client.push_back(std::move(sent));
    return of_client;
}

inline std::optional<Error> FakeHost::outage(std::string_view service_id) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = outages_.find(service_id);
    if (found == outages_.end()) return std::nullopt;
    return found->second;
}

inline void FakeHost::violation(Duty duty, std::string text) {
    record(violations_, Violation{duty, std::move(text)});
}

inline std::vector<std::string> FakeHost::violations() const {
    std::vector<std::string> texts;
    for (Violation& broken : broken_duties()) texts.push_back(std::move(broken.text));
    return texts;
}

inline void FakeHost::before_service(ServiceRule rule) {
    const std::lock_guard<std::mutex> lock(mutex_);
    service_rule_ = std::move(rule);
}

inline Result<void> FakeHost::permit(ServiceCall called) {
    ServiceRule rule;
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        called.number = service_calls_.size();
        service_calls_.push_back(called);
        rule = service_rule_;
    }
    return rule ? rule(called) : Result<void>();
}

inline void FakeHost::forget_user() {
    const std::lock_guard<std::mutex> lock(mutex_);
    store_.clear();
    subjects_.clear();
}

inline void FakeHost::overwrite_stored(std::string_view value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto& entry : store_) entry.second.value = value;
}

inline NamedTexts FakeHost::stored_entries() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    NamedTexts all;
    for (const auto& [place, entry] : store_) all.emplace_back(place.second, entry.value);
    return all;
}

inline FakeCall& FakeHost::begin_call() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return calls_.emplace_back(*this);
}

inline void FakeHost::release(FakeCall& call) {
    if (!call.lease) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    leased_.erase(call.lease->place);
    call.lease.reset();
    lease_released_.notify_all();
}

}  // namespace mcp_auth::testing
