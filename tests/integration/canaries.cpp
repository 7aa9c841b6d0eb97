#include "canaries.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mcp_auth::integration {
namespace {

// Every secret, and every part of one that would be of use: JWTs part by part.
std::vector<std::string> canaries(const demo::Enterprise& enterprise) {
    std::vector<std::string> all{"canary"};
    for (const auto& secret : enterprise.secrets()) {
        all.push_back(secret);
        std::size_t begin = 0;
        for (auto dot = secret.find('.'); dot != std::string::npos; dot = secret.find('.', begin)) {
            all.push_back(secret.substr(begin, dot - begin));
            begin = dot + 1;
        }
        all.push_back(secret.substr(begin));
    }
    // A header such as {"alg":"ES256"} is no secret, and neither is anything too short to be one.
    std::erase_if(all, [](const std::string& text) {
        return text != "canary" &&
               (text.size() < 12 || text.rfind("eyJhbGci", 0) == 0 ||
                text.rfind("eyJ0eXAi", 0) == 0 || text.rfind("eyJraWQi", 0) == 0);
    });
    return all;
}

}  // namespace

void expect_no_secret(const demo::Enterprise& enterprise, const std::string& text,
                      const char* where) {
    for (const auto& canary : canaries(enterprise)) {
        EXPECT_EQ(text.find(canary), std::string::npos) << where << " holds a secret:\n" << text;
    }
}

}  // namespace mcp_auth::integration
