// One target as a libFuzzer executable; which one the build says.
#include "promise.hpp"
#include "targets.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    // A target hides it where a secret is. A fuzzer that learned to write it where everybody may
    // read, in an issuer or an error code, has found nothing: not kept.
    if (bytes.find(mcp_auth::fuzz::canary) != std::string_view::npos) return -1;
    mcp_auth::fuzz::FUZZ_TARGET(bytes);
    return 0;
}
