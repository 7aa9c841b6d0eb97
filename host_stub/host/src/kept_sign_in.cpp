#include "kept_sign_in.hpp"

#include <mcp_auth/json.hpp>

#include <utility>

namespace mcp_auth::host {
namespace {

constexpr int format = 1;
constexpr json::Limits limits{64 * 1024, 4};

std::string key_of(const std::string& session) {
    return "sign-in:" + session;
}

Secret written(const KeptSignIn& sign_in) {
    json::Value value = json::Value::object();
    value.set("format", format)
        .set("issuer", sign_in.issuer)
        .set("client_id", sign_in.client_id)
        .set("subject", sign_in.subject)
        .set("name", sign_in.name)
        .set("id_token", sign_in.id_token.reveal())
        .set("expires_at", sign_in.expires_at)
        .set("refresh_token", sign_in.refresh_token.reveal())
        .set("sent", sign_in.sent)
        .set("rotates", sign_in.rotates);
    return Secret(value.dump());
}

bool flag(const json::Value& value, const char* name, bool otherwise) {
    const json::Value* const member = value.find(name);
    return member != nullptr ? member->as_bool().value_or(otherwise) : otherwise;
}

std::optional<KeptSignIn> parsed(std::string_view text) {
    const auto value = json::parse(text, limits);
    if (!value || value->find("format") == nullptr || value->find("format")->as_integer() != format)
        return std::nullopt;
    KeptSignIn sign_in;
    sign_in.issuer = value->string("issuer");
    sign_in.client_id = value->string("client_id");
    sign_in.subject = value->string("subject");
    sign_in.name = value->string("name");
    sign_in.id_token = Secret(value->string("id_token"));
    sign_in.refresh_token = Secret(value->string("refresh_token"));
    sign_in.sent = flag(*value, "sent", true);
    sign_in.rotates = flag(*value, "rotates", true);
    const json::Value* const expires_at = value->find("expires_at");
    if (expires_at == nullptr || !expires_at->as_integer() || sign_in.issuer.empty() ||
        sign_in.subject.empty() || sign_in.id_token.empty())
        return std::nullopt;
    sign_in.expires_at = *expires_at->as_integer();
    return sign_in;
}

}  // namespace

Result<std::optional<KeptSignIn>> KeptSignIns::read(const std::string& session) const {
    auto text = store_->get(key_of(session), 0);
    if (!text) return std::move(text).error();
    const Secret wiped(std::move(*text));
    if (wiped.empty()) return std::optional<KeptSignIn>();
    auto sign_in = parsed(wiped.reveal());
    if (!sign_in)
        return Error(Status::misconfigured, "session",
                     "the session \"" + session + "\" (" + place_ +
                         ") is damaged or of another version: run mcp-auth logout, then login");
    return sign_in;
}

Result<void> KeptSignIns::write(const std::string& session, const KeptSignIn& sign_in) const {
    return store_->put(key_of(session), written(sign_in).reveal(), 0);
}

Result<void> KeptSignIns::erase(const std::string& session) const {
    return store_->put(key_of(session), {}, 0);
}

Result<std::shared_ptr<void>> KeptSignIns::lease(const std::string& session,
                                                 const Bounds& bounds) const {
    return store_->lease(key_of(session), bounds);
}

}  // namespace mcp_auth::host
