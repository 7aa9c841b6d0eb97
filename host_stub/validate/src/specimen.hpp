// What is validated: a plugin by its manifest, the settings that it gets, and what its servers
// answer.
#pragma once

#include "answers.hpp"
#include "manifest.hpp"

#include <mcp_auth/result.hpp>

#include <cstdint>
#include <string>

namespace mcp_auth::validate {

struct Specimen {
    host::Manifest manifest = {};
    std::string settings = "{}";
    std::string settings_from = {};  // "--settings FILE", "the schema's first example", "none"
    Answers answers = {};
    std::uint64_t seed = 0;

    // `settings_file`, `answers_file`: empty for none. Errors: misconfigured, as a host would
    // refuse the manifest, or naming the file that is at fault.
    static Result<Specimen> read(const std::string& manifest_path, const std::string& settings_file,
                                 const std::string& answers_file, std::uint64_t seed);
};

}  // namespace mcp_auth::validate
