#include "leg_line.hpp"

#include <cstdio>

namespace mcp_auth::cli {
namespace {

std::string number(const char* format, double value, const char* unit) {
    char text[32];
    std::snprintf(text, sizeof text, format, value, unit);
    return text;
}

std::string mark(const AuditEvent& event, const Terminal& terminal) {
    if (event.kind == AuditEvent::Kind::log) return terminal.dim("-");
    return event.status == Status::ok ? terminal.green("+") : terminal.red("!");
}

}  // namespace

std::string duration_text(std::chrono::microseconds duration) {
    const double milliseconds = static_cast<double>(duration.count()) / 1000;
    if (milliseconds < 100) return number("%.1f %s", milliseconds, "ms");
    if (milliseconds < 1000) return number("%.0f %s", milliseconds, "ms");
    return number("%.2f %s", milliseconds / 1000, "s");
}

std::string leg_line(const AuditEvent& event, const Terminal& terminal) {
    const bool timed = event.duration.count() > 0;
    std::string line = mark(event, terminal) + " " +
                       terminal.bold(padded(printable(event.leg), 18)) + " " +
                       terminal.cyan(padded(printable(event.peer), 26)) + " " +
                       padded(event.http_status ? std::to_string(event.http_status) : "", 3) + " " +
                       terminal.dim(padded(timed ? duration_text(event.duration) : "", 8)) + " ";
    line += printable(event.event);
    if (event.status != Status::ok) line += " " + terminal.red(to_string(event.status));
    for (const auto& [name, value] : event.fields)
        line += " " + terminal.dim(printable(name) + "=") + printable(value);
    if (!event.correlation.empty())
        line += " " + terminal.dim("request-id=") + printable(event.correlation);
    return line;
}

}  // namespace mcp_auth::cli
