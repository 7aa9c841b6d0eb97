#include "http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mcp_auth::host {
namespace {

// Reads from the front of a text; once something did not fit, nothing fits any more.
class Reader {
public:
    explicit Reader(std::string_view text) noexcept : rest_(text) {}

    void literal(std::string_view expected) noexcept {
        if (rest_.starts_with(expected))
            rest_.remove_prefix(expected.size());
        else
            failed_ = true;
    }
    int digits(std::size_t count) noexcept {
        if (rest_.size() < count) return fail();
        int value = 0;
        for (const char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9') return fail();
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    // asctime pads the day with a space.
    int padded_day() noexcept {
        if (!rest_.starts_with(' ')) return digits(2);
        rest_.remove_prefix(1);
        return digits(1);
    }
    unsigned month() noexcept {
        constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        for (unsigned i = 0; i < names.size(); ++i) {
            if (!rest_.starts_with(names[i])) continue;
            rest_.remove_prefix(3);
            return i + 1;
        }
        failed_ = true;
        return 0;
    }
    // The day of the week says nothing that the date does not.
    void letters() noexcept {
        const auto is_letter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        };
        const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_letter);
        if (end - rest_.begin() < 3) failed_ = true;
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
    }
    bool done() const noexcept { return !failed_ && rest_.empty(); }

private:
    int fail() noexcept {
        failed_ = true;
        return 0;
    }
    std::string_view rest_;
    bool failed_ = false;
};

struct Date {
    int year = 0;
    unsigned month = 0;
    int day = 0, hour = 0, minute = 0, second = 0;
};

void read_time(Reader& in, Date& date) noexcept {
    date.hour = in.digits(2);
    in.literal(":");
    date.minute = in.digits(2);
    in.literal(":");
    date.second = in.digits(2);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
bool read_imf_fixdate(Reader in, Date& date) noexcept {
    in.letters();
    in.literal(", ");
    date.day = in.digits(2);
    in.literal(" ");
    date.month = in.month();
    in.literal(" ");
    date.year = in.digits(4);
    in.literal(" ");
    read_time(in, date);
    in.literal(" GMT");
    return in.done();
}

// "Sunday, 06-Nov-94 08:49:37 GMT". Two digits of a year that would be far ahead are of the past
// century; what is sent today is of this one.
bool read_rfc850(Reader in, Date& date) noexcept {
    in.letters();
    in.literal(", ");
    date.day = in.digits(2);
    in.literal("-");
    date.month = in.month();
    in.literal("-");
    const int two = in.digits(2);
    date.year = two < 70 ? 2000 + two : 1900 + two;
    in.literal(" ");
    read_time(in, date);
    in.literal(" GMT");
    return in.done();
}

// "Sun Nov  6 08:49:37 1994"
bool read_asctime(Reader in, Date& date) noexcept {
    in.letters();
    in.literal(" ");
    date.month = in.month();
    in.literal(" ");
    date.day = in.padded_day();
    in.literal(" ");
    read_time(in, date);
    in.literal(" ");
    date.year = in.digits(4);
    return in.done();
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept {
    const Reader in(text);
    Date date;
    if (!read_imf_fixdate(in, date) && !read_rfc850(in, date) && !read_asctime(in, date))
        return std::nullopt;
    const std::chrono::year_month_day day{std::chrono::year(date.year),
                                          std::chrono::month(date.month),
                                          std::chrono::day(static_cast<unsigned>(date.day))};
    // A leap second (60) is allowed by the grammar.
    if (!day.ok() || date.hour > 23 || date.minute > 59 || date.second > 60) return std::nullopt;
    const auto days = std::chrono::sys_days(day).time_since_epoch().count();
    return ((std::int64_t{days} * 24 + date.hour) * 60 + date.minute) * 60 + date.second;
}

std::optional<std::int64_t> date_of(const HttpResponse& response) noexcept {
    return parse_http_date(response.header("Date"));
}

}  // namespace mcp_auth::host

namespace mcp_auth {

std::optional<std::chrono::seconds> retry_after_of(const HttpResponse& response,
                                                   std::int64_t now) noexcept {
    const auto text = response.header("Retry-After");
    if (text.empty()) return std::nullopt;
    constexpr std::chrono::seconds longest_delay = std::chrono::hours(24);
    std::int64_t seconds = 0;
    const auto* const end = text.data() + text.size();
    const bool all_digits =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (all_digits) {
        const auto [stop, fault] = std::from_chars(text.data(), end, seconds);
        if (fault != std::errc{}) seconds = longest_delay.count();  // more than 64 bits hold
    } else if (const auto date = host::parse_http_date(text)) {
        seconds = *date - host::date_of(response).value_or(now);
    } else {
        return std::nullopt;
    }
    return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(0), longest_delay);
}

}  // namespace mcp_auth
