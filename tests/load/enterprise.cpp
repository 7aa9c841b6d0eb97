#include "enterprise.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/jws.hpp>

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <initializer_list>
#include <map>
#include <span>

namespace mcp_auth::load {
namespace {

using json::Value;
using namespace std::string_view_literals;

std::string jwt(const char* type, const Value& claims) {
    Value header;
    header.set("alg", "RS256").set("typ", type).set("kid", "1");
    return base64url_encode(header.dump()) + "." + base64url_encode(claims.dump()) + "." +
           base64url_encode(std::string(256, 's'));
}

std::string user_name(std::size_t user) {
    return fmt::format("user{}", user);
}
// The number after a word; nothing if it is another word, or no number.
std::optional<std::uint64_t> number_after(std::string_view word, std::string_view text) {
    if (!text.starts_with(word)) return std::nullopt;
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + word.size(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
}

std::map<std::string, std::string, std::less<>> form(std::string_view body) {
    const auto decoded = [](std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '%' && i + 2 < text.size()) {
                int byte = 0;
                std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
                out += static_cast<char>(byte);
                i += 2;
            } else {
                out += text[i] == '+' ? ' ' : text[i];
            }
        }
        return out;
    };
    std::map<std::string, std::string, std::less<>> fields;
    while (!body.empty()) {
        const auto field = body.substr(0, body.find('&'));
        const auto equals = field.find('=');
        fields[decoded(field.substr(0, equals))] =
            equals == std::string_view::npos ? "" : decoded(field.substr(equals + 1));
        body.remove_prefix(std::min(body.size(), field.size() + 1));
    }
    return fields;
}

Answer http(int status, std::string_view body, std::string_view headers = {}) {
    return {Answer::End::keep,
            fmt::format("HTTP/1.1 {} x\r\nContent-Type: application/json\r\n{}Content-Length: "
                        "{}\r\n\r\n{}",
                        status, headers, body.size(), body)};
}

// The faults that are one at any leg.
std::optional<Answer> common_fault(std::optional<Fault> fault, std::string_view body) {
    if (!fault) return std::nullopt;
    switch (*fault) {
    case Fault::unavailable: return http(503, "{}");
    case Fault::too_many_requests: return http(429, "{}", "Retry-After: 1\r\n");
    case Fault::reset: return Answer{Answer::End::reset, {}};
    case Fault::stall: return Answer{Answer::End::stall, {}};
    case Fault::garbage: return http(200, "{\"token_type\": <html>");
    case Fault::truncated: {
        auto answer = http(200, body);
        answer.bytes.resize(answer.bytes.size() - body.size() / 2);
        answer.end = Answer::End::cut;
        return answer;
    }
    default: return std::nullopt;
    }
}

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

constexpr std::initializer_list<Fault> of_metadata{
    Fault::unavailable, Fault::too_many_requests, Fault::reset,       Fault::stall,
    Fault::garbage,     Fault::truncated,         Fault::wrong_issuer};
constexpr std::initializer_list<Fault> of_exchange{
    Fault::unavailable, Fault::too_many_requests, Fault::reset,
    Fault::stall,       Fault::garbage,           Fault::truncated,
    Fault::wrong_type,  Fault::wrong_issuer,      Fault::invalid_grant};
constexpr std::initializer_list<Fault> of_redemption{
    Fault::unavailable, Fault::too_many_requests, Fault::reset,      Fault::stall,
    Fault::garbage,     Fault::truncated,         Fault::wrong_type, Fault::invalid_grant};
constexpr std::initializer_list<Fault> of_resource{
    Fault::challenge,   Fault::challenge, Fault::challenge, Fault::challenge,
    Fault::unavailable, Fault::reset,     Fault::stall,     Fault::truncated};

}  // namespace

std::uint64_t now_ms() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
}

std::string Marks::text() const {
    return fmt::format("u{}.r{}.s{}.g{}.t{}.n{}", key.user, key.resource, key.scope, generation,
                       issued_ms, serial);
}

std::optional<Marks> Marks::of(std::string_view token) {
    Marks marks;
    std::uint64_t user = 0, resource = 0, scope = 0;
    for (const auto& [word, into] : {std::pair{"u"sv, &user},
                                     {"r"sv, &resource},
                                     {"s"sv, &scope},
                                     {"g"sv, &marks.generation},
                                     {"t"sv, &marks.issued_ms},
                                     {"n"sv, &marks.serial}}) {
        const auto part = token.substr(0, token.find('.'));
        const auto number = number_after(word, part);
        if (!number) return std::nullopt;
        *into = *number;
        token.remove_prefix(std::min(token.size(), part.size() + 1));
    }
    if (!token.empty() || user >= user_count || resource >= resource_count || scope >= scope_count)
        return std::nullopt;
    marks.key = {user, resource, scope};
    return marks;
}

std::string id_token(const std::string& base, std::size_t user, std::uint64_t generation) {
    const auto now = static_cast<std::int64_t>(now_ms() / 1000);
    Value claims;
    claims.set("iss", base + "/idp").set("sub", user_name(user)).set("aud", idp_client);
    claims.set("iat", now)
        .set("exp", now + 3600)
        .set("generation", static_cast<std::int64_t>(generation));
    return jwt("JWT", claims);
}

std::span<const Fault> kinds_of(Leg leg) {
    switch (leg) {
    case Leg::metadata: return of_metadata;
    case Leg::exchange: return of_exchange;
    case Leg::redemption: return of_redemption;
    default: return of_resource;
    }
}

std::optional<Fault> Enterprise::next_fault(Leg leg) {
    ++ledger_.answers[static_cast<std::size_t>(leg)];
    const auto answer = answers_++;
    if (answer % 10 != seed_ % 10) return std::nullopt;
    const auto kinds = kinds_of(leg);
    return kinds[mixed(answer + (std::uint64_t{seed_} << 32)) % kinds.size()];
}

void Enterprise::injected(Leg leg, Fault fault, Behind* behind) {
    if (behind != nullptr) behind->injected(fault);
    ++ledger_.injected[static_cast<std::size_t>(leg)][static_cast<std::size_t>(fault)];
}

// Never asked for by a host that does right: it counts as wrong, and the client learns nothing.
Answer Enterprise::misused() {
    ++ledger_.misused;
    return http(400, R"({"error": "invalid_request"})");
}

Answer Enterprise::answer(const Request& request) {
    if (request.method == "GET") return metadata(request.path, next_fault(Leg::metadata));
    if (request.path == "/idp/token") return exchange(request, next_fault(Leg::exchange));
    for (std::size_t issuer = 0; issuer < issuer_count; ++issuer)
        if (request.path == fmt::format("/as{}/token", issuer))
            return redemption(request, issuer, next_fault(Leg::redemption));
    return resource(request, next_fault(Leg::resource));
}

Answer Enterprise::metadata(const std::string& path, std::optional<Fault> fault) {
    const std::string_view what(path);
    constexpr auto of_a_resource = "/.well-known/oauth-protected-resource/r"sv;
    constexpr auto of_a_server = "/.well-known/oauth-authorization-server/"sv;
    const bool stranger = fault == Fault::wrong_issuer;
    Value document;
    Behind* behind = nullptr;
    if (const auto resource = number_after(of_a_resource, what);
        resource && *resource < resource_count) {
        behind = &ledger_.resources[*resource];
        document.set("resource", fmt::format("{}/r{}", base_, stranger ? 99 : *resource));
        document.set("authorization_servers",
                     Value::array().push(fmt::format("{}/as{}", base_, *resource % issuer_count)));
    } else if (what.starts_with(of_a_server)) {
        const std::string name(what.substr(of_a_server.size()));
        const auto issuer = number_after("as", name);
        if (name != "idp" && (!issuer || *issuer >= issuer_count)) return http(404, "{}");
        behind = &ledger_.issuers[issuer ? *issuer : issuer_count];
        const auto url = base_ + "/" + name;
        document.set("issuer", stranger ? base_ + "/stranger" : url);
        document.set("token_endpoint", url + "/token");
        document.set("token_endpoint_auth_methods_supported",
                     Value::array().push("client_secret_basic"));
    } else {
        return http(404, "{}");
    }
    if (fault) injected(Leg::metadata, *fault, behind);
    const auto body = document.dump();
    if (auto faulty = common_fault(fault, body)) return *faulty;
    if (!fault) behind->went_well(now_ms());
    return http(200, body);
}

Answer Enterprise::exchange(const Request& request, std::optional<Fault> fault) {
    const auto fields = form(request.body);
    const auto field = [&](std::string_view name) {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string() : found->second;
    };
    const auto subject = Jws::decode(field("subject_token"));
    if (!subject || subject->payload.string("iss") != base_ + "/idp") return misused();
    const auto user = number_after("user", subject->payload.string("sub"));
    const auto resource = number_after(base_ + "/r", field("resource"));
    const auto scope = number_after("s", field("scope"));
    const bool known = user && *user < user_count && resource && *resource < resource_count &&
                       scope && *scope < scope_count;
    if (!known) return misused();
    const auto audience = fmt::format("{}/as{}", base_, *resource % issuer_count);
    const auto basic = "Basic aG9zdC1hdC1pZHA6aWRwLXNlY3JldA==";  // host-at-idp:idp-secret
    if (field("audience") != audience || request.authorization != basic) return misused();

    auto& behind = ledger_.keys[Key{*user, *resource, *scope}.number()];
    if (fault) injected(Leg::exchange, *fault, &behind);
    const auto now = static_cast<std::int64_t>(now_ms() / 1000);
    const auto* generation = subject->payload.find("generation");
    Value claims;
    claims.set("iss", fault == Fault::wrong_issuer ? base_ + "/stranger" : base_ + "/idp");
    claims.set("sub", user_name(*user)).set("aud", audience).set("client_id", mcp_client);
    claims.set("resource", field("resource")).set("scope", field("scope"));
    claims.set("iat", now).set("exp", now + id_jag_life);
    claims.set("jti", std::to_string(++ledger_.serial)).set("generation", *generation);
    Value response;
    response.set("access_token", jwt("oauth-id-jag+jwt", claims));
    response.set("issued_token_type", fault == Fault::wrong_type
                                          ? "urn:ietf:params:oauth:token-type:access_token"
                                          : "urn:ietf:params:oauth:token-type:id-jag");
    response.set("token_type", "N_A").set("expires_in", id_jag_life);
    const auto body = response.dump();
    if (auto faulty = common_fault(fault, body)) return *faulty;
    if (fault == Fault::invalid_grant) return http(400, R"({"error": "invalid_grant"})");
    return http(200, body);
}

Answer Enterprise::redemption(const Request& request, std::size_t issuer,
                              std::optional<Fault> fault) {
    const auto fields = form(request.body);
    const auto assertion = fields.find("assertion");
    const auto basic = "Basic aG9zdC1hdC1tY3A6bWNwLXNlY3JldA==";  // host-at-mcp:mcp-secret
    if (assertion == fields.end() || request.authorization != basic) return misused();
    const auto id_jag = Jws::decode(assertion->second);
    if (!id_jag) return misused();
    const auto& claims = id_jag->payload;
    const auto user = number_after("user", claims.string("sub"));
    const auto resource = number_after(base_ + "/r", claims.string("resource"));
    const auto scope = number_after("s", claims.string("scope"));
    const bool ours = user && resource && scope &&
                      claims.string("aud") == fmt::format("{}/as{}", base_, issuer) &&
                      claims.string("iss") == base_ + "/idp";
    if (!ours) return misused();

    const Marks marks{
        {*user, *resource, *scope},
        static_cast<std::uint64_t>(claims.find("generation")->as_integer().value_or(0)),
        now_ms(),
        ++ledger_.serial};
    auto& behind = ledger_.keys[marks.key.number()];
    if (fault) injected(Leg::redemption, *fault, &behind);
    Value response;
    response.set("access_token", marks.text()).set("expires_in", token_life);
    response.set("token_type", fault == Fault::wrong_type ? "mac" : "Bearer");
    const auto body = response.dump();
    if (auto faulty = common_fault(fault, body)) return *faulty;
    if (fault == Fault::invalid_grant) return http(400, R"({"error": "invalid_grant"})");
    if (!fault) behind.went_well(now_ms());
    return http(200, body);
}

Answer Enterprise::resource(const Request& request, std::optional<Fault> fault) {
    const auto number = number_after("/r", request.path);
    if (!number || *number >= resource_count) return misused();
    const auto challenge = fmt::format(
        "WWW-Authenticate: Bearer error=\"invalid_token\", resource_metadata="
        "\"{}/.well-known/oauth-protected-resource/r{}\"\r\n",
        base_, *number);
    if (request.authorization.empty()) return http(401, "{}", challenge);
    const auto marks = Marks::of(request.authorization.substr(sizeof "Bearer " - 1));
    if (!marks || marks->key.resource != *number) return misused();
    if (fault) injected(Leg::resource, *fault);
    if (fault == Fault::challenge) return http(401, "{}", challenge);
    if (auto faulty = common_fault(fault, R"({"jsonrpc": "2.0"})")) return *faulty;
    return http(200, "{}");
}

}  // namespace mcp_auth::load
