// Checking a document against a JSON Schema (valijson), with errors a person can act on.
#pragma once

#include <mcp_auth/json.hpp>
#include <mcp_auth/result.hpp>

#include <memory>
#include <string>
#include <string_view>

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

}  // namespace mcp_auth::host
