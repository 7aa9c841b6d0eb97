// One target as a libFuzzer executable; which one the build says.
#include "targets.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    mcp_auth::fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    return 0;
}
