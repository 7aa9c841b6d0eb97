#include "token_text.hpp"

#include <mcp_auth/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace mcp_auth::cli {

Secret token_text(const AccessToken& token, std::string_view format) {
    std::string text;
    const WipedAtEnd wiped(text);  // L5
    if (format == "json") {
        json::Value object = json::Value::object();
        const auto expires_at =
            std::chrono::duration_cast<std::chrono::seconds>(token.expires_at().time_since_epoch());
        object.set("access_token", token.value())
            .set("token_type", token.type())
            .set("expires_at", std::int64_t{expires_at.count()})
            .set("scope", token.scope());
        text = object.dump();
    } else {
        if (format == "header") text.append("Authorization: ").append(token.type()).append(" ");
        append_wiping(text, token.value());
    }
    append_wiping(text, "\n");
    return Secret(std::move(text));
}

}  // namespace mcp_auth::cli
