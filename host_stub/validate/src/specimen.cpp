#include "specimen.hpp"

#include "json_schema.hpp"
#include "trusted_file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace mcp_auth::validate {
namespace {

constexpr std::size_t max_manifest_bytes = 64 * 1024;

Error misconfigured(std::string message) {
    return {Status::misconfigured, "validate", std::move(message)};
}

Result<std::string> text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file) return misconfigured(path + ": cannot be read");
    return text;
}

// Settings that a host would not give to a plugin would show nothing.
Result<void> check_settings(const std::string& settings, const std::string& schema,
                            const std::string& origin) {
    const auto document = json::parse(settings);
    if (!document) return misconfigured(origin + ": " + document.error().message);
    if (!document->is_object()) return misconfigured(origin + ": the settings are no JSON object");
    if (schema.empty()) {
        if (document->members().empty()) return {};
        return misconfigured(origin +
                             ": the manifest names no settings_schema, so a host takes no settings "
                             "but {}");
    }
    const auto compiled = host::JsonSchema::parse(schema, "the settings' schema");
    if (!compiled) return compiled.error();
    return compiled->check(*document, origin);
}

// JSON Schema's own place for them.
std::string example_in(const std::string& schema) {
    const auto document = json::parse(schema);
    const json::Value* examples = document ? document->find("examples") : nullptr;
    if (examples == nullptr || examples->items().empty()) return {};
    return examples->items().front().dump();
}

}  // namespace

Result<Specimen> Specimen::read(const std::string& manifest_path, const std::string& settings_file,
                                const std::string& answers_file, std::uint64_t seed) {
    auto file = host::open_trusted(manifest_path);
    if (!file) return file.error();
    const auto text = host::read_all(file->get(), max_manifest_bytes, manifest_path);
    if (!text) return text.error();
    auto manifest = host::parse_manifest(*text, manifest_path);
    if (!manifest) return manifest.error();

    Specimen specimen;
    specimen.manifest = *std::move(manifest);
    specimen.seed = seed;
    if (!settings_file.empty()) {
        auto settings = text_of(settings_file);
        if (!settings) return settings.error();
        specimen.settings = *std::move(settings);
        specimen.settings_from = settings_file;
    } else if (std::string example = example_in(specimen.manifest.settings_schema);
               !example.empty()) {
        specimen.settings = std::move(example);
        specimen.settings_from = "the first of the schema's examples";
    } else {
        specimen.settings_from = "none, so {}";
    }
    // Where there are none, {} is tried even if the schema wants more: the plugin says what it
    // lacks.
    if (specimen.settings_from != "none, so {}")
        if (auto valid = check_settings(specimen.settings, specimen.manifest.settings_schema,
                                        specimen.settings_from);
            !valid)
            return valid.error();
    if (!answers_file.empty()) {
        const auto answers = text_of(answers_file);
        if (!answers) return answers.error();
        auto read = Answers::parse(*answers, answers_file);
        if (!read) return read.error();
        specimen.answers = *std::move(read);
    }
    return specimen;
}

}  // namespace mcp_auth::validate
