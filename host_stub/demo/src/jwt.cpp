#include "jwt.hpp"

#include <Poco/String.h>

#include <algorithm>

namespace mcp_auth::demo {
namespace {

Error refused(std::string why) {
    return {Status::denied, "verification", std::move(why)};
}

struct Parts {
    Jwt jwt;
    std::string_view input;  // of the token
    std::string signature;
};

Result<Parts> read(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last)
        return refused("not a JWT of three parts");
    const auto header = from_base64url(token.substr(0, first));
    const auto claims = from_base64url(token.substr(first + 1, last - first - 1));
    const auto signature = from_base64url(token.substr(last + 1));
    if (!header || !claims || !signature) return refused("not base64url");
    Parts parts{{parse_object(*header), parse_object(*claims)}, token.substr(0, last), *signature};
    if (!parts.jwt.header || !parts.jwt.claims)
        return refused("header or claims are no JSON object");
    return parts;
}

// A media type: any case, and an "application/" in front means the same (RFC 7515 4.1.9).
std::string media_type(std::string type) {
    type = Poco::toLower(type);
    if (type.rfind("application/", 0) == 0) type.erase(0, std::string_view("application/").size());
    return type;
}

Result<void> check_header(const Object& header, const std::vector<std::string_view>& typ,
                          std::string_view algorithm) {
    if (string_member(header, "alg") != std::string(algorithm))
        return refused("alg is not " + std::string(algorithm));
    const std::string type = media_type(string_member(header, "typ").value_or(""));
    const bool expected = std::any_of(typ.begin(), typ.end(), [&](std::string_view one) {
        return type == Poco::toLower(std::string(one));
    });
    if (!expected) return refused("typ is not " + std::string(typ.front()));
    if (header.has("crit")) return refused("crit names what is not understood here");
    return {};
}

}  // namespace

std::string Jwt::claim(const std::string& name) const {
    return string_member(*claims, name).value_or("");
}

std::int64_t Jwt::time(const std::string& name) const {
    return integer_member(*claims, name).value_or(0);
}

bool Jwt::is_for(std::string_view audience) const {
    if (const auto text = string_member(*claims, "aud")) return *text == audience;
    const Array::Ptr list = claims->getArray("aud");
    if (!list || list->size() != 1) return false;
    const Poco::Dynamic::Var only = list->get(0);
    return only.isString() && only.convert<std::string>() == audience;
}

std::string sign_jwt(const SigningKey& key, const Object& header, const Object& claims) {
    const std::string input = base64url(to_text(header)) + "." + base64url(to_text(claims));
    return input + "." + base64url(key.sign(input));
}

Object jwt_header(const std::string& type, const SigningKey& key) {
    Object header(Poco::JSON_PRESERVE_KEY_ORDER);
    header.set("alg", "ES256");
    header.set("typ", type);
    header.set("kid", key.key_id());
    return header;
}

Result<Jwt> verify_jwt(std::string_view token, std::string_view typ, std::string_view jwks) {
    const auto parts = read(token);
    if (!parts) return parts.error();
    if (auto checked = check_header(*parts->jwt.header, {typ}, "ES256"); !checked)
        return checked.error();
    if (!verify_es256(jwks, string_member(*parts->jwt.header, "kid").value_or(""), parts->input,
                      parts->signature))
        return refused("the signature does not verify");
    return parts->jwt;
}

Result<Jwt> verify_jwt(std::string_view token, const std::vector<std::string_view>& typ,
                       const Key& key, std::string_view algorithm) {
    const auto parts = read(token);
    if (!parts) return parts.error();
    if (auto checked = check_header(*parts->jwt.header, typ, algorithm); !checked)
        return checked.error();
    if (!verify(key, algorithm, parts->input, parts->signature))
        return refused("the signature does not verify");
    return parts->jwt;
}

Object::Ptr header_of(std::string_view token) {
    const auto parts = read(token);
    return parts ? parts->jwt.header : nullptr;
}

}  // namespace mcp_auth::demo
