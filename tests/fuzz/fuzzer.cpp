// The targets as a libFuzzer executable: it is the one by whose name it was started, fuzz_TARGET.
#include "promise.hpp"
#include "targets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

const mcp_auth::fuzz::Target* chosen = nullptr;  // libFuzzer's entries are bare functions

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char*** argv) {
    const std::string_view path = (*argv)[0];
    const auto name = path.substr(path.rfind('/') + 1);
    chosen =
        std::find_if(std::begin(mcp_auth::fuzz::targets), std::end(mcp_auth::fuzz::targets),
                     [&](const auto& each) { return name == std::string("fuzz_") + each.name; });
    if (chosen == std::end(mcp_auth::fuzz::targets)) {
        std::fputs("start it as fuzz_TARGET\n", stderr);
        std::exit(2);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    // A target hides it where a secret is. A fuzzer that learned to write it where everybody may
    // read, in an issuer or an error code, has found nothing: not kept.
    if (bytes.find(mcp_auth::fuzz::canary) != std::string_view::npos) return -1;
    chosen->take(bytes);
    return 0;
}
