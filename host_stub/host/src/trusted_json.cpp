#include "trusted_json.hpp"

#include "json_schema.hpp"
#include "trusted_file.hpp"

#include <utility>

namespace mcp_auth::host {

Result<json::Value> read_trusted_json(const std::string& path, std::size_t max_bytes,
                                      std::string_view schema) {
    const auto refuse = [](std::string message) {
        return Error(Status::misconfigured, "manifest", std::move(message));
    };
    auto file = open_trusted(path);
    if (!file) return file.error();
    const auto text = read_all(file->get(), max_bytes, path);
    if (!text) return text.error();
    json::Limits limits;
    limits.max_bytes = max_bytes;
    auto root = json::parse(*text, limits);
    if (!root) return refuse(complaint(path, "", root.error().message));
    const auto compiled = JsonSchema::parse(schema, "the schema of " + path);
    if (!compiled) return refuse(compiled.error().message);
    if (auto valid = compiled->check(*root, path); !valid) return refuse(valid.error().message);
    return root;
}

}  // namespace mcp_auth::host
