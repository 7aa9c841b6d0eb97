#include "rehearsal.hpp"

#include "form_query.hpp"
#include "http_date.hpp"
#include "untrusted_text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace mcp_auth::host {

struct Rehearsal::Notes {
    std::shared_ptr<Clock> clock;
    mutable std::mutex mutex;
    std::vector<Lookup> lookups;
    std::vector<Unsent> unsent;
    std::optional<Skew> skew;
};

namespace {

using Notes = Rehearsal::Notes;

// A URL for people: the query is left out, it could hold a secret.
std::string shown_url(const std::string& url) {
    return untrusted_text(url.substr(0, url.find('?')));
}

class Reading final : public HttpTransport {
public:
    Reading(std::shared_ptr<HttpTransport> network, std::shared_ptr<Notes> notes)
        : network_(std::move(network)), notes_(std::move(notes)) {}

    Result<HttpResponse> send(const HttpRequest& request, const Bounds& bounds,
                              const BodyReader& reader) override {
        auto answer = network_->send(request, bounds, reader);
        Rehearsal::Lookup lookup{shown_url(request.url), answer ? answer->status : 0,
                                 answer ? std::string() : answer.error().message};
        const std::lock_guard lock(notes_->mutex);
        if (request.method == "GET") notes_->lookups.push_back(std::move(lookup));
        if (answer) note_date(request, *answer);
        return answer;
    }

private:
    void note_date(const HttpRequest& request, const HttpResponse& answer) {
        const auto date = date_of(answer);
        const auto url = Url::parse(request.url);
        if (!date || !url) return;
        const auto seconds = *date - notes_->clock->wall();
        if (!notes_->skew || std::abs(seconds) > std::abs(notes_->skew->seconds))
            notes_->skew = Rehearsal::Skew{seconds, url->origin()};
    }

    const std::shared_ptr<HttpTransport> network_;
    const std::shared_ptr<Notes> notes_;
};

bool harmless(std::string_view field) {
    constexpr std::array<std::string_view, 11> names{"grant_type",
                                                     "audience",
                                                     "resource",
                                                     "scope",
                                                     "client_id",
                                                     "redirect_uri",
                                                     "response_type",
                                                     "requested_token_type",
                                                     "subject_token_type",
                                                     "prompt",
                                                     "client_assertion_type"};
    return std::find(names.begin(), names.end(), field) != names.end();
}

std::string authentication_of(const HttpRequest& request, const Rehearsal::Unsent& unsent) {
    const auto has = [&](std::string_view name) {
        return std::any_of(unsent.fields.begin(), unsent.fields.end(),
                           [&](const auto& field) { return field.first == name; });
    };
    if (!request.client_certificate.empty()) return "tls_client_auth";
    if (has("client_assertion")) return "private_key_jwt";
    if (has("client_secret")) return "client_secret_post";
    const bool basic =
        std::any_of(request.headers.begin(), request.headers.end(),
                    [](const auto& header) { return header.first == "Authorization"; });
    return basic ? "client_secret_basic" : "none";
}

template <class Fields>
void note_fields(const Fields& fields, Rehearsal::Unsent& unsent) {
    for (const auto& [name, value] : fields)
        unsent.fields.emplace_back(name, harmless(name) ? value : "(not shown)");
}

// Final for whoever asked: nothing is tried again, and no other way is taken.
Error withheld(Notes& notes, Rehearsal::Unsent unsent) {
    const std::lock_guard lock(notes.mutex);
    notes.unsent.push_back(std::move(unsent));
    return {Status::denied, "", "it was a rehearsal: nothing was sent"};
}

class Withholding final : public HttpTransport {
public:
    explicit Withholding(std::shared_ptr<Notes> notes) : notes_(std::move(notes)) {}

    Result<HttpResponse> send(const HttpRequest& request, const Bounds&,
                              const BodyReader&) override {
        Rehearsal::Unsent unsent{request.method, shown_url(request.url), {}, {}};
        auto form = parse_query(request.body);
        if (form && form->count("grant_type") > 0) {
            note_fields(*form, unsent);
            unsent.authentication = authentication_of(request, unsent);
        }
        if (form) wipe_values(*form);
        return withheld(*notes_, std::move(unsent));
    }

private:
    const std::shared_ptr<Notes> notes_;
};

class ClosedBrowser final : public Browser {
public:
    explicit ClosedBrowser(std::shared_ptr<Notes> notes) : notes_(std::move(notes)) {}

    Result<void> open(const std::string& url, const Bounds&) override {
        Rehearsal::Unsent unsent{"browser", shown_url(url), {}, {}};
        const auto query = url.find('?');
        if (query != std::string::npos) {
            if (auto fields = parse_query(std::string_view(url).substr(query + 1))) {
                note_fields(*fields, unsent);
                wipe_values(*fields);
            }
        }
        return withheld(*notes_, std::move(unsent));
    }

private:
    const std::shared_ptr<Notes> notes_;
};

}  // namespace

Rehearsal::Rehearsal(std::shared_ptr<Clock> clock) : notes_(std::make_shared<Notes>()) {
    notes_->clock = std::move(clock);
}

std::shared_ptr<Browser> Rehearsal::browser() const {
    return std::make_shared<ClosedBrowser>(notes_);
}

Wires Rehearsal::wires(const std::shared_ptr<HttpTransport>& network) const {
    return {std::make_shared<Reading>(network, notes_), std::make_shared<Withholding>(notes_)};
}

std::vector<Rehearsal::Lookup> Rehearsal::take_lookups() {
    const std::lock_guard lock(notes_->mutex);
    return std::exchange(notes_->lookups, {});
}

std::vector<Rehearsal::Unsent> Rehearsal::take_unsent() {
    const std::lock_guard lock(notes_->mutex);
    return std::exchange(notes_->unsent, {});
}

std::optional<Rehearsal::Skew> Rehearsal::skew() const {
    const std::lock_guard lock(notes_->mutex);
    return notes_->skew;
}

}  // namespace mcp_auth::host
