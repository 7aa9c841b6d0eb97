// mcp_auth/testing/fake_services.hpp - the service tables of the fake host. Included by
// fake_host.hpp.
#pragma once

#include <mcp_auth/testing/fake_host.hpp>

#include <exception>

namespace mcp_auth::testing {

struct FakeServices {
    using Str = mcp_auth_str;
    using Call = mcp_auth_call*;
    using Failure = mcp_auth_failure*;

    // ---- what every function does first and last ----

    template <class Work>
    static mcp_auth_status serve(Call raw, ServiceCall asked, Failure failure, Work work) noexcept {
        const std::string id = asked.service;
        FakeHost* host = raw ? &FakeCall::of(raw).host : running_host;
        const char* refused = !raw                        ? "called without a call"
                              : FakeCall::of(raw).ended   ? "called with a call that has ended"
                              : !FakeCall::of(raw).mine() ? "called on another call's thread"
                                                          : nullptr;
        if (refused) {
            const bool elsewhere = raw && !FakeCall::of(raw).ended;
            if (!running_host && !elsewhere) stray(id.c_str());
            if (host) host->violation(elsewhere ? Duty::thread : Duty::call, id + ": " + refused);
            auto why = detail::sized<mcp_auth_failure>();
            why.status = MCP_AUTH_INTERNAL;
            why.leg = detail::to_abi("host");
            why.message = detail::to_abi(std::string_view(refused));
            detail::write(failure, why);
            return MCP_AUTH_INTERNAL;
        }
        FakeCall& call = FakeCall::of(raw);
        if (std::uncaught_exceptions() > 0)
            host->violation(Duty::unwinding, id + ": called during unwinding");
        else if (std::current_exception())
            host->violation(Duty::unwinding, id + ": called from a catch block");

        const auto outage = host->outage(id);
        Result<void> done = host->permit(std::move(asked));
        if (outage) done = *outage;
        if (done) done = work(call);
        if (done) return MCP_AUTH_OK;
        Error error = done.error();
        error.status = detail::failed_status(error.status);
        call.last_service_failure = error;
        auto out = detail::to_abi(error);
        out.leg = call.lend(error.leg);
        out.message = call.lend(error.message);
        out.oauth_error = call.lend(error.oauth_error);
        out.description = call.lend(error.description);
        out.acr_values = call.lend(error.acr_values);
        detail::write(failure, out);
        return out.status;
    }

    static std::string own(Str text) { return std::string(detail::view(text)); }
    static NamedTexts own(mcp_auth_fields fields) {
        NamedTexts all;
        for (std::size_t i = 0; i < fields.count; ++i)
            all.emplace_back(own(fields.ptr[i].name), own(fields.ptr[i].value));
        return all;
    }

    template <class In>
    static In take(FakeCall& call, const In* in) {
        if (!in || in->struct_size < sizeof(in->struct_size))
            call.host.violation(Duty::sizes, "a struct without its struct_size");
        return detail::read(in);
    }
    template <class Out>
    static void hand(FakeCall& call, Out* out, Out value) {
        if (!out || out->struct_size < sizeof(out->struct_size))
            call.host.violation(Duty::sizes, "a struct to be filled in without its struct_size");
        detail::write(out, value);
    }

    template <class Answer, class Asked>
    static Result<Answer> scripted(FakeCall& call, Script<Answer, Asked>& script,
                                   const Asked& asked, const std::string& what,
                                   Script<Answer, Asked>* any = nullptr) {
        if (auto answer = script.next(asked)) return *std::move(answer);
        if (any)
            if (auto answer = any->next(asked)) return *std::move(answer);
        call.host.violation(Duty::script, "not scripted by the test: " + what);
        return Error(Status::internal, "testing", "the test has scripted no answer for " + what);
    }

    // ---- log, clock ----

    static void log(Call call, std::uint32_t level, Str event, mcp_auth_fields fields) noexcept {
        FakeHost* host = call ? &FakeCall::of(call).host : running_host;
        if (!running_host) stray(MCP_AUTH_SERVICE_LOG);
        if (!host) return;
        host->record(host->logs_, LogLine{static_cast<plugin::Level>(level), own(event),
                                          own(fields), call != nullptr});
    }
    static std::int64_t wall(Call call) noexcept {
        const FakeHost* host = call ? &FakeCall::of(call).host : running_host;
        if (!running_host) stray(MCP_AUTH_SERVICE_CLOCK);
        return host ? host->now() : 0;
    }
    static std::int64_t monotonic(Call call) noexcept {
        const FakeHost* host = call ? &FakeCall::of(call).host : running_host;
        if (!running_host) stray(MCP_AUTH_SERVICE_CLOCK);
        return host ? host->now_ms_.load() : 0;
    }
    static mcp_auth_status sleep(Call raw, std::int64_t milliseconds, Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_CLOCK, "sleep"};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            const std::chrono::milliseconds duration(std::max<std::int64_t>(milliseconds, 0));
            call.host.record(call.host.sleeps_, duration);
            call.host.advance(duration);
            return {};
        });
    }
    // SplitMix64: reproducible, and different every time.
    static void random(Call call, void* bytes, std::size_t size) noexcept {
        FakeHost* host = call ? &FakeCall::of(call).host : running_host;
        if (!running_host) stray(MCP_AUTH_SERVICE_CLOCK);
        auto* out = static_cast<unsigned char*>(bytes);
        for (std::size_t i = 0; i < size; ++i) {
            std::uint64_t word = host ? (host->random_ += 0x9E3779B97F4A7C15u) : i;
            word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
            word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
            out[i] = static_cast<unsigned char>(word >> 56);
        }
    }

    // ---- oauth ----

    static mcp_auth_status client(Call raw, const mcp_auth_client_request* request,
                                  mcp_auth_client* out, Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_OAUTH, "client",
                                   own(detail::read(request).name)};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            const auto in = take(call, request);
            const SentClientRequest asked{own(in.name), own(in.redirect_uri), own(in.grant_types),
                                          own(in.scope)};
            call.host.record(call.host.client_requests_, asked);
            auto answer = scripted(call, call.host.client(asked.name), asked,
                                   "client '" + asked.name + "'", &call.host.any_client());
            if (!answer) return answer.error();
            {
                const std::lock_guard<std::mutex> lock(call.host.mutex_);
                call.host.known_clients_[asked.name] = *answer;
            }
            auto client = detail::sized<mcp_auth_client>();
            client.client_id = call.lend(answer->client_id);
            client.issuer = call.lend(answer->issuer);
            client.metadata = call.lend(answer->metadata);
            client.dpop_jkt = call.lend(answer->dpop_jkt);
            hand(call, out, client);
            return {};
        });
    }

    static mcp_auth_status token_request(Call raw, Str name, mcp_auth_fields fields,
                                         mcp_auth_token_response* out, Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_OAUTH, "token_request",
                                   own(name) + ", " + grant_of(fields)};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            const SentTokenRequest asked{own(name), own(fields)};
            for (const auto& field : asked.fields) {
                if (field.first == "client_id" || field.first == "client_secret" ||
                    field.first.compare(0, 16, "client_assertion") == 0) {
                    call.host.violation(Duty::client_authentication,
                                        "token_request: '" + field.first + "' is the host's");
                    return Error(Status::invalid_argument, "host",
                                 "client authentication is the host's");
                }
            }
            call.host.record(call.host.token_requests_, asked);
            auto answer =
                scripted(call, call.host.token_request(asked.client), asked,
                         "token_request as '" + asked.client + "'", &call.host.any_token_request());
            if (!answer) return answer.error();
            auto body = json::parse(answer->body, json::Limits{64 * 1024, 32});  // L3
            if (!body || !body->is_object())
                return Error(Status::protocol, "testing", "the response is not a JSON object");
            if (body->find("error")) {
                call.host.violation(Duty::script,
                                    "an OAuth error is scripted as oauth_error(), not as JSON");
                return Error(Status::internal, "testing", "scripted OAuth error in JSON");
            }
            auto response = detail::sized<mcp_auth_token_response>();
            response.http_status = answer->http_status;
            response.json = call.lend(answer->body);
            const auto member = [&](const char* key) {
                return call.lend(std::string(body->string(key)));
            };
            response.access_token = member("access_token");
            response.token_type = member("token_type");
            response.issued_token_type = member("issued_token_type");
            response.refresh_token = member("refresh_token");
            response.scope = member("scope");
            response.expires_at = expiry(call.host.now(), body->find("expires_in"));
            hand(call, out, response);
            return {};
        });
    }
    // "authorization_code", "jwt-bearer": a URN's last part.
    static std::string grant_of(mcp_auth_fields fields) {
        const std::string grant = first_of(own(fields), "grant_type");
        return grant.substr(grant.rfind(':') + 1);
    }
    // A number or a numeric string; 0 and absent: not known (H2).
    static std::int64_t expiry(std::int64_t now, const json::Value* expires_in) {
        if (!expires_in) return 0;
        const json::Value number =
            expires_in->is_string() ? json::Value::number(*expires_in->as_string()) : *expires_in;
        const std::int64_t seconds = number.as_integer().value_or(0);
        return seconds > 0 && seconds < 1'000'000'000 ? now + seconds : 0;
    }

    // ---- http, subject, peer ----

    static mcp_auth_status send(Call raw, const mcp_auth_http_request* request,
                                mcp_auth_http_response* out, Failure failure) noexcept {
        const auto sent = detail::read(request);
        const std::string url = own(sent.url);
        const ServiceCall asked_of{MCP_AUTH_SERVICE_HTTP, "send",
                                   own(sent.method) + " " + url.substr(0, url.find('?'))};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            const auto in = take(call, request);
            const SentHttpRequest asked{own(in.method), own(in.url), own(in.headers), own(in.body)};
            call.host.record(call.host.http_requests_, asked);
            auto answer =
                scripted(call, call.host.http_, asked, "http " + asked.method + " " + asked.url);
            if (!answer) return answer.error();
            auto response = detail::sized<mcp_auth_http_response>();
            response.status = answer->status;
            response.headers = call.lend(answer->headers);
            response.body = call.lend(answer->body);
            hand(call, out, response);
            return {};
        });
    }

    static mcp_auth_status subject(Call raw, Str accepted, mcp_auth_subject* out,
                                   Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_SUBJECT, "get"};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            FakeHost& host = call.host;
            host.record(host.subject_requests_, own(accepted));
            std::string_view types = detail::view(accepted);
            while (!types.empty()) {
                const std::string_view type = types.substr(0, types.find(' '));
                types.remove_prefix(std::min(types.size(), type.size() + 1));
                const auto subjects = host.copy(host.subjects_);
                const auto found = subjects.find(type);
                if (found == subjects.end()) continue;
                if (!found->second) return found->second.error();
                auto subject = detail::sized<mcp_auth_subject>();
                subject.assertion = call.lend(found->second->value);
                subject.token_type = call.lend(std::string(type));
                subject.expires_at = found->second->expires_at;
                hand(call, out, subject);
                return {};
            }
            return Error(Status::unsupported, "subject",
                         "the user's source has none of the accepted types");
        });
    }

    static mcp_auth_status peer(Call raw, Str provider, const mcp_auth_assertion_request* request,
                                mcp_auth_assertion* out, Failure failure) noexcept {
        const ServiceCall asked_of{MCP_AUTH_SERVICE_PEER, "assertion", own(provider)};
        return serve(raw, asked_of, failure, [&](FakeCall& call) -> Result<void> {
            const auto in = take(call, request);
            const SentPeerRequest asked{own(provider),    static_cast<plugin::Reason>(in.reason),
                                        own(in.audience), own(in.resource),
                                        own(in.scope),    own(in.client_id),
                                        own(in.dpop_jkt)};
            call.host.record(call.host.peer_requests_, asked);
            auto answer = scripted(call, call.host.peer(asked.provider), asked,
                                   "peer '" + asked.provider + "'", &call.host.any_peer());
            if (!answer) return answer.error();
            auto assertion = detail::sized<mcp_auth_assertion>();
            assertion.assertion = call.lend(answer->assertion);
            assertion.token_type = call.lend(answer->token_type);
            assertion.issuer = call.lend(answer->issuer);
            assertion.scope = call.lend(answer->scope);
            assertion.expires_at = answer->expires_at;
            hand(call, out, assertion);
            return {};
        });
    }
};

}  // namespace mcp_auth::testing

#include <mcp_auth/testing/fake_store.hpp>
