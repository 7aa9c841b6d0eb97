// What the demo's parties are to the network: a function from a request to an answer.
#pragma once

#include "json.hpp"

#include <mcp_auth/demo/wire.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mcp_auth::demo {

struct Answer {
    int status = 200;
    HeaderList headers{};
    std::string body{};
    bool streamed = false;  // chunked, in pieces, as an event stream comes
};

Answer json_answer(int status, const Object& body, HeaderList headers = {});
Answer json_text_answer(std::string body);
// RFC 6749 5.2: JSON, no-store.
Answer error_answer(int status, std::string_view error, std::string_view description);
Answer not_found();

// Cache-Control of everything that holds a token (RFC 6749 5.1).
HeaderList no_store();

// An application/x-www-form-urlencoded POST. Nothing for another method or media type, and when a
// field is there twice or has no value (RFC 6749 3.2).
class Form {
public:
    static std::optional<Form> of(const RecordedRequest& request);
    // The value; empty when absent.
    std::string operator[](std::string_view name) const;
    bool has(std::string_view name) const;

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// %XX and +; nothing when a percent sign is not followed by two hexadecimal digits.
std::optional<std::string> form_decode(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;
// Takes as long for every wrong secret of the same length.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace mcp_auth::demo
