// Times that a server sends: Date, Retry-After, Cache-Control.
#include "http_date.hpp"

#include "metadata_chain.hpp"
#include "promise.hpp"
#include "targets.hpp"

#include <mcp_auth/host/retry_after.hpp>

#include <array>
#include <ctime>

namespace mcp_auth::fuzz {
namespace {

std::string written(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 64> text{};
    const auto size = std::strftime(text.data(), text.size(), "%a, %d %b ", &parts);
    const std::string year = std::to_string(parts.tm_year + 1900);
    std::array<char, 64> rest{};
    const auto more = std::strftime(rest.data(), rest.size(), " %H:%M:%S GMT", &parts);
    return std::string(text.data(), size) + std::string(4 - year.size(), '0') + year +
           std::string(rest.data(), more);
}

}  // namespace

void http_date(std::string_view bytes) {
    if (const auto date = host::parse_http_date(bytes)) {
        // A leap second of the last day of the year 9999 has no four digits.
        if (*date < 253'402'300'800)
            must(host::parse_http_date(written(*date)) == *date, "a date is the same in each form");
    }
    HttpResponse response;
    response.headers = {{"Retry-After", std::string(bytes)},
                        {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                        {"Cache-Control", std::string(bytes)}};
    const auto delay = retry_after_of(response, 784'111'777);
    must(!delay || (delay->count() >= 0 && delay->count() <= 24 * 3600), "a delay is within a day");
    const auto fresh = host::fresh_for(response);
    must(fresh >= 0 && fresh <= 24 * 3600, "a document is kept for a day at most");
}

}  // namespace mcp_auth::fuzz
