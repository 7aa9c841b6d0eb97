// Device codes (RFC 8628): what the device polls with, and what the user types.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace mcp_auth::demo {

struct DeviceCodeAnswer {
    std::string error;    // RFC 8628 3.5; empty: approved
    std::string subject;  // of the user who approved
    std::string scope;
    std::int64_t auth_time = 0;
    std::string client_id{};
};

// Any thread.
class DeviceCodes {
public:
    static constexpr std::int64_t lifetime = 600;  // seconds

    struct Issued {
        std::string device_code, user_code;
    };
    Issued issue(const std::string& client_id, const std::string& scope, std::int64_t interval,
                 std::int64_t now);

    // By the user: the code as typed, in any case, with or without its hyphen. False: there is no
    // such code, or not any more.
    bool approve(const std::string& user_code, const std::string& subject, std::int64_t now);
    bool deny(const std::string& user_code, std::int64_t now);
    // By the device. Nothing: no such code (used up after approval or denial).
    std::optional<DeviceCodeAnswer> poll(const std::string& device_code, std::int64_t now);

private:
    struct Entry {
        std::string client_id, user_code, scope, subject;
        std::int64_t interval = 0, expires_at = 0, polled_at = 0, auth_time = 0;
        bool denied = false;
    };
    Entry* find(const std::string& user_code, std::int64_t now);

    std::mutex mutex_;
    std::map<std::string, Entry> entries_;  // by device code
};

}  // namespace mcp_auth::demo
