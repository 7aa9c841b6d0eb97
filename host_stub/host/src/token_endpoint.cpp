#include "token_endpoint.hpp"

#include "form_body.hpp"
#include "grant.hpp"
#include "http_date.hpp"
#include "retry.hpp"
#include "sent_secrets.hpp"
#include "url.hpp"
#include "wiped_exchange.hpp"

#include <utility>

namespace mcp_auth::host {
namespace {

constexpr int max_tries = 3;                           // K2
constexpr std::size_t max_response_bytes = 64 * 1024;  // L3

std::string_view grant_type_in(const FormFields& fields) noexcept {
    for (const auto& [name, value] : fields)
        if (name == "grant_type") return value.reveal();
    return {};
}

// One request, sent as often as K2 allows.
class Sending {
public:
    Sending(HttpTransport& http, SkewedClock& clock, SigningKeys& keys, DpopNonces& nonces,
            const ClientConfig& client, const ServerMetadata& server, const FormFields& fields,
            const Trace& trace, const DpopTerms& dpop)
        : http_(http),
          clock_(clock),
          keys_(keys),
          nonces_(nonces),
          dpop_(dpop),
          client_(client),
          server_(server),
          fields_(fields),
          trace_(trace),
          grant_type_(grant_type_in(fields)),
          grant_(grant_of(grant_type_)) {}

    Result<TokenResponse> run(const Bounds& bounds) {
        for (int tries = 1;; ++tries) {
            auto answer = try_once(tries, bounds);
            if (!answer && nonce_given_ && answer.error().oauth_error == "use_dpop_nonce")
                answer = try_once(tries, bounds);  // J3: once, with the nonce of the answer
            if (answer || !is_worth_another(answer.error(), tries)) return answer;
            auto& base = clock_.base();
            const auto delay = delay_before_retry(tries, answer.error(), base);
            // Waiting in vain would turn a reason into a mere "deadline".
            if (base.now() + delay >= bounds.deadline) return answer;
            if (auto waited = pause(delay, bounds, base); !waited) return failed(waited.error());
        }
    }

    Result<void> build_alone(const Bounds& bounds) {
        WipedExchange exchanged;
        TokenRequestParts parts;
        std::string origin;
        return build(exchanged.request, parts, origin, bounds);
    }

private:
    bool is_worth_another(const Error& error, int tries) const noexcept {
        return error.status == Status::unavailable && tries < max_tries &&
               may_be_sent_again(grant_);
    }

    Error failed(Error error) const {
        error.leg = leg_of(grant_);
        return error;
    }

    // J1.
    Result<void> add_proof(const Url& url, Clock& clock, TokenRequestParts& parts) {
        if (!dpop_) return {};
        const auto* const supported = server_.dpop_algorithms ? &*server_.dpop_algorithms : nullptr;
        const auto algorithm = dpop_algorithm(dpop_, supported, server_.issuer, leg_of(grant_));
        if (!algorithm) return algorithm.error();
        const auto nonce = nonces_.of(url.origin());
        auto proof = make_dpop_proof(*dpop_.key, *algorithm, {"POST", url, {}, nonce}, clock);
        if (!proof) return failed(proof.error());
        parts.headers.emplace_back("DPoP", std::move(*proof));
        return {};
    }

    // Built anew for each try: a client assertion or a proof is good for one (RFC 7523 3, jti).
    Result<void> build(HttpRequest& request, TokenRequestParts& parts, std::string& origin,
                       const Bounds& bounds) {
        parts.fields = copy_of(fields_);
        parts.endpoint =
            client_.token_endpoint.empty() ? server_.token_endpoint : client_.token_endpoint;
        if (parts.endpoint.empty())
            return failed({Status::protocol, "",
                           "the metadata of " + server_.issuer + " has no token_endpoint"});
        IssuerClock theirs(clock_, server_.issuer);
        if (auto done =
                authenticate_client(client_, server_, theirs, keys_, parts, leg_of(grant_), bounds);
            !done)
            return done;
        const auto url = Url::parse(parts.endpoint);
        if (!url)
            return failed({Status::misconfigured, "",
                           "the token endpoint of " + server_.issuer + ": " + url.error().message});
        origin = url->origin();
        if (auto proved = add_proof(*url, theirs, parts); !proved) return proved;
        request.method = "POST";
        request.url = parts.endpoint;
        request.max_response_bytes = max_response_bytes;
        request.max_redirects = 0;
        request.headers.reserve(parts.headers.size() + 2);
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        request.headers.emplace_back("Accept", "application/json");
        for (const auto& [name, value] : parts.headers)
            request.headers.emplace_back(name, std::string(value.reveal()));
        request.client_certificate = parts.client_certificate;
        request.client_key = parts.client_key.reveal();
        request.body = form_body(parts.fields).reveal();
        return {};
    }

    Result<TokenResponse> try_once(int tries, const Bounds& bounds) {
        auto& base = clock_.base();
        if (auto within = check_bounds(bounds, base); !within) return failed(within.error());
        WipedExchange exchanged;
        TokenRequestParts parts;
        std::string origin;
        nonce_given_ = false;
        if (auto built = build(exchanged.request, parts, origin, bounds); !built)
            return built.error();
        const Deadline started = base.now();
        auto sent = http_.send(exchanged.request, bounds);
        auto event =
            leg_event(trace_, leg_of(grant_), exchanged.request, sent, base.now() - started);
        if (tries > 1) event.fields.emplace_back("try", std::to_string(tries));
        if (!sent) {
            trace_.record(std::move(event));
            return failed(sent.error());
        }
        exchanged.take(*std::move(sent));
        const auto nonce = dpop_ ? dpop_nonce_of(exchanged.response.headers) : std::string_view();
        nonce_given_ = !nonce.empty();
        nonces_.keep(origin, nonce);
        if (const auto date = date_of(exchanged.response)) clock_.observe(server_.issuer, *date);
        auto answer =
            read_token_response(exchanged.response, grant_type_, clock_.wall(server_.issuer));
        if (!answer) {
            SentSecrets(exchanged.request).withhold_in(answer.error());
            answer.error().message.insert(0, origin + " ");
            event.status = answer.error().status;
            if (!answer.error().oauth_error.empty())
                event.fields.emplace_back("oauth_error", answer.error().oauth_error);
        }
        trace_.record(std::move(event));
        return answer;
    }

    HttpTransport& http_;
    SkewedClock& clock_;
    SigningKeys& keys_;
    DpopNonces& nonces_;
    const DpopTerms& dpop_;
    bool nonce_given_ = false;  // by the last answer
    const ClientConfig& client_;
    const ServerMetadata& server_;
    const FormFields& fields_;
    const Trace& trace_;
    const std::string_view grant_type_;
    const Grant grant_;
};

}  // namespace

Result<TokenResponse> TokenEndpoint::request(
    const ClientConfig& client, const ServerMetadata& server,
    const std::vector<std::pair<std::string, Secret>>& fields, const Trace& trace,
    const Bounds& bounds, const DpopTerms& dpop) {
    return Sending(http_, clock_, keys_, nonces_, client, server, fields, trace, dpop)
        .run(bounded(bounds, clock_.base()));
}

Result<void> TokenEndpoint::ready(const ClientConfig& client, const ServerMetadata& server,
                                  const Bounds& bounds, const DpopTerms& dpop) {
    const FormFields fields;
    const Trace trace;
    return Sending(http_, clock_, keys_, nonces_, client, server, fields, trace, dpop)
        .build_alone(bounded(bounds, clock_.base()));
}

}  // namespace mcp_auth::host
