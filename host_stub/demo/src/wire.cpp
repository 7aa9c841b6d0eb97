#include "http.hpp"

#include <mcp_auth/demo/wire.hpp>

#include <atomic>
#include <memory>

namespace mcp_auth::demo {

std::string_view to_string(Server server) noexcept {
    switch (server) {
    case Server::idp: return "identity provider";
    case Server::authorization_server: return "authorization server";
    case Server::mcp: return "MCP server";
    case Server::stranger: return "stranger";
    }
    return "unknown";
}

std::string RecordedRequest::path() const {
    return target.substr(0, target.find('?'));
}

std::string RecordedRequest::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (equal_ignoring_case(key, name)) return value;
    return {};
}

bool RecordedRequest::has_header(std::string_view name) const {
    for (const auto& field : headers)
        if (equal_ignoring_case(field.first, name)) return true;
    return false;
}

std::vector<std::pair<std::string, std::string>> RecordedRequest::fields() const {
    std::vector<std::pair<std::string, std::string>> decoded;
    const std::string_view text = body;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('&', at), text.size());
        const std::string_view field = text.substr(at, end - at);
        const std::size_t equals = std::min(field.find('='), field.size());
        const auto name = form_decode(field.substr(0, equals));
        const auto value = form_decode(field.substr(std::min(equals + 1, field.size())));
        if (name && value && !field.empty()) decoded.emplace_back(*name, *value);
        at = end + 1;
    }
    return decoded;
}

std::optional<std::string> RecordedRequest::field(std::string_view name) const {
    for (auto& [key, value] : fields())
        if (key == name) return value;
    return std::nullopt;
}

Script answer(Server server, const std::string& path, const ScriptedAnswer& with, unsigned times) {
    const auto left = std::make_shared<std::atomic<unsigned>>(times);
    return [=](const RecordedRequest& request) -> std::optional<ScriptedAnswer> {
        if (request.server != server || request.path() != path) return std::nullopt;
        if (times == 0) return with;
        unsigned now = left->load();
        while (now > 0)
            if (left->compare_exchange_weak(now, now - 1)) return with;
        return std::nullopt;
    };
}

ScriptedAnswer oauth_error(int status, std::string_view error, std::string_view description) {
    Answer made = error_answer(status, error, description);
    return {made.status, std::move(made.headers), std::move(made.body), Wire::whole};
}

}  // namespace mcp_auth::demo
