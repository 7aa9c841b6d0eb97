#include "device_codes.hpp"

#include "keys.hpp"

#include <Poco/Ascii.h>

#include <string_view>

namespace mcp_auth::demo {
namespace {

// RFC 8628 6.1: no vowels, so that it spells nothing, and nothing that looks like something else.
constexpr std::string_view letters = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::size_t half = 4;

std::string new_user_code() {
    std::string code;
    while (code.size() < 2 * half) {
        const auto byte = from_base64url(random_text(1)).value_or("");
        const auto number = static_cast<unsigned char>(byte.front());
        // The last bytes of 256 would make the first letters likelier.
        if (number < 256 / letters.size() * letters.size())
            code += letters[number % letters.size()];
    }
    return code.insert(half, "-");
}

std::string as_issued(const std::string& typed) {
    std::string code;
    for (const char c : typed)
        if (Poco::Ascii::isAlpha(c)) code += static_cast<char>(Poco::Ascii::toUpper(c));
    return code.size() == 2 * half ? code.insert(half, "-") : code;
}

}  // namespace

DeviceCodes::Issued DeviceCodes::issue(const std::string& client_id, const std::string& scope,
                                       std::int64_t interval, std::int64_t now) {
    Issued issued{random_text(32), new_user_code()};
    Entry entry;
    entry.client_id = client_id;
    entry.user_code = issued.user_code;
    entry.scope = scope;
    entry.interval = interval;
    entry.expires_at = now + lifetime;
    const std::lock_guard lock(mutex_);
    entries_[issued.device_code] = entry;
    return issued;
}

DeviceCodes::Entry* DeviceCodes::find(const std::string& user_code, std::int64_t now) {
    const std::string wanted = as_issued(user_code);
    for (auto& [device_code, entry] : entries_)
        if (entry.user_code == wanted && entry.expires_at > now && entry.subject.empty() &&
            !entry.denied)
            return &entry;
    return nullptr;
}

bool DeviceCodes::approve(const std::string& user_code, const std::string& subject,
                          std::int64_t now) {
    const std::lock_guard lock(mutex_);
    Entry* const entry = find(user_code, now);
    if (entry == nullptr) return false;
    entry->subject = subject;
    entry->auth_time = now;
    return true;
}

bool DeviceCodes::deny(const std::string& user_code, std::int64_t now) {
    const std::lock_guard lock(mutex_);
    Entry* const entry = find(user_code, now);
    if (entry == nullptr) return false;
    entry->denied = true;
    return true;
}

std::optional<DeviceCodeAnswer> DeviceCodes::poll(const std::string& device_code,
                                                  std::int64_t now) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(device_code);
    if (found == entries_.end()) return std::nullopt;
    Entry& entry = found->second;
    DeviceCodeAnswer answer{{}, entry.subject, entry.scope, entry.auth_time, entry.client_id};
    if (entry.expires_at <= now) {
        answer.error = "expired_token";
    } else if (entry.denied) {
        answer.error = "access_denied";
    } else if (entry.subject.empty()) {
        const bool hasty = entry.polled_at != 0 && now < entry.polled_at + entry.interval;
        if (hasty) entry.interval += 5;  // 3.5
        answer.error = hasty ? "slow_down" : "authorization_pending";
        entry.polled_at = now;
        return answer;
    }
    entries_.erase(found);
    return answer;
}

}  // namespace mcp_auth::demo
