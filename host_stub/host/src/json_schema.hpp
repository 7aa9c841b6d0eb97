// Checking a document against a JSON Schema (draft-07, valijson), with errors a person can act on.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mcp_auth::host {

class JsonSchema {
public:
    // `text` is the schema. Errors: misconfigured, naming `origin`.
    static Result<JsonSchema> parse(std::string_view text, std::string_view origin);

    // Errors: misconfigured; "<document> at <JSON pointer>: <what was expected>". The message
    // names keys and schemas, never a value of the document (it may be a secret). `pointer_prefix`
    // goes before the pointer, where the document is a part of another.
    Result<void> check(const json::Value& document, std::string_view document_name,
                       std::string_view pointer_prefix = {}) const;

private:
    struct Compiled;
    std::shared_ptr<const Compiled> compiled_;
};

// "<document> at <JSON pointer>: <fault>", as every complaint about a document begins. An empty
// pointer is the document as a whole.
std::string complaint(std::string_view document_name, std::string_view pointer,
                      std::string_view fault);

// "/key", escaped as RFC 6901 has it, and fit for a terminal: control characters replaced, capped.
std::string pointer_step(std::string_view key);

// "; did you mean \"issuer\"?" for the known name that is nearest to a misspelt one; empty if none
// is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace mcp_auth::host
