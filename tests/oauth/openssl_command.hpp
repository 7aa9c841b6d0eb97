// The `openssl` command, as somebody else's opinion about keys and signatures.
#pragma once

#include "cli/subprocess.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host::testing {

class OpensslCommand {
public:
    // What it wrote to its standard output; a failure fails the test.
    std::string run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), OPENSSL_COMMAND);
        const mcp_auth::testing::Subprocess done(arguments);
        EXPECT_EQ(done.exit_code(), 0) << done.err();
        return done.out();
    }
    int exit_code(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), OPENSSL_COMMAND);
        return mcp_auth::testing::Subprocess(arguments).exit_code();
    }

    // A new private key in PKCS 8: "P-256", "P-384", "P-521", "rsa:2048", ...
    std::string key(const std::string& kind) const {
        if (kind.rfind("rsa:", 0) == 0)
            return run({"genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt",
                        "rsa_keygen_bits:" + kind.substr(4)});
        if (kind.rfind("P-", 0) == 0)
            return run({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + kind});
        return run({"genpkey", "-algorithm", kind});
    }

    std::string file(const std::string& name, std::string_view text) const {
        const std::string path = directory_.path() + "/" + name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    static std::string read(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

private:
    TemporaryDirectory directory_;
};

}  // namespace mcp_auth::host::testing
