#include "http.hpp"

#include <Poco/String.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace mcp_auth::demo {

HeaderList no_store() {
    return {{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}};
}

Answer json_answer(int status, const Object& body, HeaderList headers) {
    headers.emplace_back("Content-Type", "application/json");
    return {status, std::move(headers), to_text(body), false};
}

Answer json_text_answer(std::string body) {
    return {200, {{"Content-Type", "application/json"}}, std::move(body), false};
}

Answer error_answer(int status, std::string_view error, std::string_view description) {
    Object::Ptr body = new_object();
    body->set("error", std::string(error));
    if (!description.empty()) body->set("error_description", std::string(description));
    return json_answer(status, *body, no_store());
}

Answer not_found() {
    return {404, {{"Content-Type", "text/plain"}}, "nothing here\n", false};
}

std::optional<Form> Form::of(const RecordedRequest& request) {
    if (request.method != "POST") return std::nullopt;
    const std::string type = request.header("Content-Type");
    const std::string media = Poco::trim(type.substr(0, type.find(';')));
    if (!equal_ignoring_case(media, "application/x-www-form-urlencoded")) return std::nullopt;
    Form form;
    for (auto& [name, value] : request.fields()) {
        if (form.has(name) || value.empty()) return std::nullopt;
        form.fields_.emplace_back(name, value);
    }
    return form;
}

bool Form::has(std::string_view name) const {
    return std::any_of(fields_.begin(), fields_.end(),
                       [&](const auto& field) { return field.first == name; });
}

std::string Form::operator[](std::string_view name) const {
    for (const auto& [key, value] : fields_)
        if (key == name) return value;
    return {};
}

std::optional<std::string> form_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            const auto digit = [&](std::size_t at) {
                constexpr std::string_view digits = "0123456789abcdef";
                if (at >= text.size()) return std::string_view::npos;
                return digits.find(static_cast<char>(Poco::Ascii::toLower(text[at])));
            };
            const std::size_t high = digit(i + 1);
            const std::size_t low = digit(i + 2);
            if (high == std::string_view::npos || low == std::string_view::npos)
                return std::nullopt;
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return decoded;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char left, char right) {
               return Poco::Ascii::toLower(left) == Poco::Ascii::toLower(right);
           });
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace mcp_auth::demo
