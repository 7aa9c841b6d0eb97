// What each leg of a token's way is for, and what was checked there, in a sentence for a newcomer.
#pragma once

#include <mcp_auth/host/audit.hpp>

#include <string_view>

namespace mcp_auth::cli {

struct LegStory {
    std::string_view asked;    // what was asked, or done
    std::string_view checked;  // empty: nothing to check
};

// Empty texts for an event that has no story.
LegStory story_of(const AuditEvent& event);

}  // namespace mcp_auth::cli
