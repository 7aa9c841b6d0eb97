// A table that a test prints: a line for each thing tried, and how many were right.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace mcp_auth::testing {

class OutcomeTable {
public:
    explicit OutcomeTable(std::string title) : title_(std::move(title)) {
        std::printf("%s\n", title_.c_str());
    }
    OutcomeTable(const OutcomeTable&) = delete;
    OutcomeTable& operator=(const OutcomeTable&) = delete;
    ~OutcomeTable() {
        std::printf("%s: %d tried, %d right, %d wrong\n", title_.c_str(), tried_, right_,
                    tried_ - right_);
        EXPECT_GT(tried_, 0);
    }
    // `why` it is wrong; empty: it is right. `outcome`: what was seen, for whoever reads.
    void row(const std::string& what, const std::string& outcome, const std::string& why) {
        ++tried_;
        if (why.empty()) ++right_;
        std::printf("  %-5s  %-52s %s\n", why.empty() ? "right" : "WRONG", what.c_str(),
                    outcome.c_str());
        EXPECT_EQ(why, "") << title_ << ": " << what << ": " << outcome;
    }

private:
    std::string title_;
    int tried_ = 0, right_ = 0;
};

}  // namespace mcp_auth::testing
