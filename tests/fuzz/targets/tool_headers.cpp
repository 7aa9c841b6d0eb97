// A tool's schema, which says what goes into headers, and the arguments of a call:
// {"schema": ..., "arguments": ...}. And any text as the value of a header.
#include "tool_headers.hpp"

#include "http_head.hpp"
#include "promise.hpp"
#include "targets.hpp"
#include "wire.hpp"

namespace mcp_auth::fuzz {

void tool_headers(std::string_view bytes) {
    must(host::is_field_text(mcp::header_value(bytes)), "no text breaks out of its header");
    const auto document = mcp_auth::json::parse(bytes);
    if (!document) return;
    const auto* schema = document->find("schema");
    const auto* arguments = document->find("arguments");
    const auto mirrored = mcp::mirrored_arguments(schema != nullptr ? *schema : *document);
    if (!mirrored) return must_be_for_a_log(mirrored.error());
    const auto headers =
        mcp::argument_headers(*mirrored, arguments != nullptr ? *arguments : *document);
    if (!headers) return must_be_for_a_log(headers.error());
    must(headers->size() <= mirrored->size(), "an argument has one header at most");
    for (const auto& [name, value] : *headers) {
        must(host::is_token(name) && name.starts_with("Mcp-Param-"), "a header is an argument's");
        must(host::is_field_text(value), "no argument breaks out of its header");
    }
}

}  // namespace mcp_auth::fuzz
