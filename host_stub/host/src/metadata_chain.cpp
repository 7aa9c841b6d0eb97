#include "metadata_chain.hpp"

#include "url.hpp"

#include <mcp_auth/host/retry_after.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t max_document_bytes = 256 * 1024;  // L3
constexpr int max_redirects = 3;                        // L2
constexpr std::int64_t longest = 24 * 3600;
constexpr std::int64_t not_kept = 1;

// A URL for people: the query is left out, it could hold a secret.
std::string shown(const std::string& url) {
    return url.substr(0, url.find('?'));
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, value);
    if (text.empty() || fault != std::errc{} || stop != end || value < 0) return std::nullopt;
    return value;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool may_be_there_later(int status) {
    return status >= 500 || status == 429 || status == 408;
}

}  // namespace

std::int64_t fresh_for(const HttpResponse& response) {
    std::int64_t stated = 0;
    for (std::string_view value : response.all("cache-control")) {
        while (!value.empty()) {
            const auto comma = value.find(',');
            std::string directive(trimmed(value.substr(0, comma)));
            value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
            for (char& c : directive) {
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
            }
            if (directive == "no-store" || directive == "no-cache") return not_kept;
            constexpr std::string_view max_age = "max-age=";
            if (directive.compare(0, max_age.size(), max_age) != 0) continue;
            if (const auto seconds = number(directive.substr(max_age.size())))
                stated = std::clamp(*seconds, not_kept, longest);
        }
    }
    return stated;
}

Result<MetadataDocument> MetadataChain::read(const std::string& url,
                                             const Result<HttpResponse>& answer) const {
    const auto fault = [&](Status status, std::string message) {
        Error error(status, std::string(leg_), shown(url) + " " + std::move(message));
        if (answer) error.http_status = answer->status;
        return error;
    };
    if (!answer) {
        Error error = answer.error();
        error.leg = leg_;
        return error;
    }
    if (answer->status != 200) {
        const bool later = may_be_there_later(answer->status);
        Error error = fault(later ? Status::unavailable : Status::misconfigured,
                            "answered " + std::to_string(answer->status));
        if (later) {
            const auto now = (trace_.clock ? *trace_.clock : *system_clock()).wall();
            error.retry_after = retry_after_of(*answer, now);
        }
        return error;
    }
    auto parsed = json::parse(answer->body, {max_document_bytes, 32});
    if (!parsed) return fault(Status::protocol, "is not usable JSON: " + parsed.error().message);
    if (!parsed->is_object()) return fault(Status::protocol, "is not a JSON object");
    if (parsed->string(identifier_).empty())
        return fault(Status::protocol, "does not say its \"" + std::string(identifier_) + "\"");
    return MetadataDocument{url, std::move(*parsed), answer->body, fresh_for(*answer)};
}

Result<MetadataDocument> MetadataChain::ask(const std::string& url) const {
    HttpRequest request;
    request.url = url;
    request.headers = headers_;
    request.max_response_bytes = max_document_bytes;
    request.max_redirects = max_redirects;
    const Deadline started = trace_.clock ? trace_.clock->now() : Deadline{};
    const auto answer = http_.send(request, bounds_);
    auto document = read(url, answer);
    if (trace_.listening()) {
        const Deadline ended = trace_.clock ? trace_.clock->now() : Deadline{};
        AuditEvent event = leg_event(trace_, leg_, request, answer, ended - started);
        event.status = document.status();
        trace_.record(std::move(event));
    }
    return document;
}

Result<MetadataDocument> MetadataChain::first_of(const std::vector<std::string>& urls) {
    std::optional<Error> worst;
    std::string tried;
    const auto rank = [](Status status) {
        return status == Status::unavailable ? 2 : status == Status::protocol ? 1 : 0;
    };
    for (const std::string& url : urls) {
        auto document = ask(url);
        if (document) return document;
        Error& error = document.error();
        // Not an answer about this URL, but an end of asking. The TLS or the policy's no to one
        // form holds for the others, too, and to go on would hide it.
        const bool answered = error.http_status != 0;
        if (!answered && error.status != Status::unavailable && error.status != Status::protocol)
            return std::move(error);
        tried += (tried.empty() ? "" : "; ") + error.message;
        if (!worst || rank(error.status) > rank(worst->status)) worst = std::move(error);
    }
    if (!worst) return Error(Status::internal, std::string(leg_), "there was no URL to ask");
    worst->message = "no metadata found: " + tried;
    return std::move(*worst);
}

void MetadataChain::checked(const MetadataDocument& document, Status status) const {
    AuditEvent event;
    event.leg = leg_;
    event.event = "checked";
    event.status = status;
    if (const auto url = Url::parse(document.url)) event.peer = url->origin();
    trace_.record(std::move(event));
}

}  // namespace mcp_auth::host
