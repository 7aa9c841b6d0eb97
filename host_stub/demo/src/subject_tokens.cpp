#include "subject_tokens.hpp"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace mcp_auth::demo {
namespace {

Error refused_subject(std::string why) {
    return {Status::denied, "subject", std::move(why)};
}

std::string instant(std::int64_t seconds) {
    return Poco::DateTimeFormatter::format(
        Poco::Timestamp::fromEpochTime(static_cast<std::time_t>(seconds)), "%Y-%m-%dT%H:%M:%SZ");
}

std::string element(const std::string& name, const std::string& content) {
    return "<saml2:" + name + ">" + content + "</saml2:" + name + ">";
}

// OpenID Connect Core 3.1.3.6, for ES256.
std::string left_half(const std::string& access_token) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    if (EVP_Digest(access_token.data(), access_token.size(), hash.data(), &size, EVP_sha256(),
                   nullptr) != 1)
        return {};
    return base64url({reinterpret_cast<const char*>(hash.data()), size / 2});
}

}  // namespace

std::string SubjectTokens::issue(const DirectoryUser& user, const SignIn& how) {
    std::string token;
    switch (how.as) {
    case SubjectType::id_token: return issue_id_token(user, how, {});
    case SubjectType::saml2: token = issue_saml2(user, how); break;
    case SubjectType::refresh_token:
        token = refresh_tokens_.issue(
            {user.subject, how.audience.empty() ? party_.options.idp_client.id : how.audience,
             "openid offline_access",
             party_.now() + (how.lifetime ? how.lifetime : refresh_token_lifetime)});
        break;
    }
    party_.ledger->secret(token);
    return token;
}

std::string SubjectTokens::issue_id_token(const DirectoryUser& user, const SignIn& how,
                                          const SignInContext& context) const {
    const std::int64_t now = party_.now();
    const std::int64_t lifetime = how.lifetime ? how.lifetime : party_.options.id_token_lifetime;
    const auto key = keys_.current();
    Object header = jwt_header("JWT", *key);
    Object claims(Poco::JSON_PRESERVE_KEY_ORDER);
    claims.set("iss", how.issuer.empty() ? party_.idp_issuer : how.issuer);
    claims.set("sub", user.subject);
    claims.set("aud", how.audience.empty() ? party_.options.idp_client.id : how.audience);
    // One that has expired was issued before it did, as in life.
    claims.set("iat", std::min(now, now + lifetime - 1));
    claims.set("exp", now + lifetime);
    claims.set("auth_time",
               context.auth_time != 0 ? context.auth_time : std::min(now, now + lifetime - 1));
    if (!context.nonce.empty()) claims.set("nonce", context.nonce);
    if (!context.access_token.empty()) claims.set("at_hash", left_half(context.access_token));
    claims.set("email", user.name + "@acme.example");
    if (const auto change = party_.faults.id_token.get()) change(header, claims);
    std::string token = sign_jwt(*key, header, claims);
    party_.ledger->secret(token);
    return token;
}

// SAML Core 2.3.3, base64url-encoded as RFC 8693 3 has it. Its texts are ours: nothing to escape.
std::string SubjectTokens::issue_saml2(const DirectoryUser& user, const SignIn& how) {
    const std::int64_t now = party_.now();
    const std::int64_t lifetime = how.lifetime ? how.lifetime : party_.options.id_token_lifetime;
    const Saml2 saml2{how.issuer.empty() ? party_.idp_issuer : how.issuer, user.subject,
                      how.audience.empty() ? party_.options.idp_client.id : how.audience,
                      now + lifetime};
    const std::int64_t issued_at = std::min(now, now + lifetime - 1);
    const std::string xml =
        "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_" +
        random_text(16) + "\" Version=\"2.0\" IssueInstant=\"" + instant(issued_at) + "\">" +
        element("Issuer", saml2.issuer) + element("Subject", element("NameID", saml2.subject)) +
        "<saml2:Conditions NotOnOrAfter=\"" + instant(saml2.expires_at) + "\">" +
        element("AudienceRestriction", element("Audience", saml2.audience)) +
        "</saml2:Conditions></saml2:Assertion>";
    std::string token = base64url(xml);
    const std::lock_guard lock(mutex_);
    saml2_[token] = saml2;
    return token;
}

const DirectoryUser* SubjectTokens::user_of(const std::string& type, const std::string& token,
                                            const std::string& client_id,
                                            std::optional<Answer>& refusal) const {
    const Result<std::string> subject = type == id_token_type ? of_id_token(token, client_id)
                                        : type == saml2_type  ? of_saml2(token, client_id)
                                        : type == refresh_token_type
                                            ? of_refresh_token(token, client_id)
                                            : refused_subject("unknown type");
    // A bad subject token is `invalid_request` (RFC 8693 2.2.2), save a refresh token, which is
    // one of this server's own grants (RFC 6749 5.2).
    const DirectoryUser* user = subject ? party_.policy->by_subject(*subject) : nullptr;
    if (!user) {
        const char* const code = type == refresh_token_type ? "invalid_grant" : "invalid_request";
        const std::string why = subject ? "no such user" : subject.error().message;
        refusal = error_answer(400, code, "subject_token: " + why);
    } else if (user->locked) {
        refusal = error_answer(400, "invalid_grant", "the user's session has ended");
        user = nullptr;
    }
    return user;
}

Result<std::string> SubjectTokens::of_id_token(const std::string& token,
                                               const std::string& client_id) const {
    const Result<Jwt> jwt = verify_jwt(token, "JWT", keys_.jwks());
    if (!jwt) return jwt.error();
    if (jwt->claim("iss") != party_.idp_issuer) return refused_subject("iss is another issuer");
    // Else any application could spend the ID tokens that users give to another one.
    if (!jwt->is_for(client_id)) return refused_subject("aud is not this client");
    if (jwt->time("exp") <= party_.now()) return refused_subject("expired");
    return jwt->claim("sub");
}

Result<std::string> SubjectTokens::of_saml2(const std::string& token,
                                            const std::string& client_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = saml2_.find(token);
    if (found == saml2_.end()) return refused_subject("not an assertion of this issuer");
    const Saml2& saml2 = found->second;
    if (saml2.issuer != party_.idp_issuer) return refused_subject("Issuer is another issuer");
    if (saml2.audience != client_id) return refused_subject("Audience is another");
    if (saml2.expires_at <= party_.now()) return refused_subject("expired");
    return saml2.subject;
}

Result<std::string> SubjectTokens::of_refresh_token(const std::string& token,
                                                    const std::string& client_id) const {
    const auto grant = refresh_tokens_.find(token, party_.now());
    if (!grant) return refused_subject("unknown, spent, revoked or expired");
    if (grant->client_id != client_id) return refused_subject("another client's");
    return grant->subject;
}

}  // namespace mcp_auth::demo
