#include "fault.hpp"

namespace mcp_auth::integration {

namespace {

constexpr auto exchanged = Document::exchange_response;

Fault exchange_fault(std::string name, std::function<void(Enterprise&)> arrange, Status status,
                     std::string says) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = std::move(arrange);
    fault.status = status;
    fault.leg = "exchange";
    fault.says = std::move(says);
    fault.redemptions = 0;  // what the IdP refused or spoilt reaches nobody
    return fault;
}

Fault success(std::string name, std::function<void(Enterprise&)> arrange) {
    Fault fault;
    fault.name = std::move(name);
    fault.arrange = std::move(arrange);
    return fault;
}

demo::ScriptedAnswer wire(demo::Wire how, std::string body = "{\"access_token\": \"aaa") {
    demo::ScriptedAnswer answer;
    answer.body = std::move(body);
    answer.wire = how;
    return answer;
}

demo::ScriptedAnswer status(int code, std::string body, demo::HeaderList headers = {}) {
    demo::ScriptedAnswer answer;
    answer.status = code;
    answer.body = std::move(body);
    answer.headers = std::move(headers);
    return answer;
}

void add_members(std::vector<Fault>& faults) {
    constexpr auto protocol = Status::protocol;
    faults.push_back(exchange_fault("AnExchangeWithoutIssuedTokenTypeIsAProtocolError",
                                    without(exchanged, "issued_token_type"), protocol,
                                    "issued_token_type"));
    faults.push_back(
        exchange_fault("AnExchangeForAnotherTokenTypeIsAProtocolError",
                       with(exchanged, "issued_token_type",
                            std::string("urn:ietf:params:oauth:token-type:access_token")),
                       protocol, "issued_token_type"));
    faults.push_back(exchange_fault("AnExchangeWithoutAnAssertionIsAProtocolError",
                                    without(exchanged, "access_token"), protocol, "access_token"));
    faults.push_back(exchange_fault("AnExchangeWithAnEmptyAssertionIsAProtocolError",
                                    with(exchanged, "access_token", std::string()), protocol,
                                    "access_token"));
    faults.push_back(exchange_fault("AnExchangeWithANumberAsAssertionIsAProtocolError",
                                    with(exchanged, "access_token", 7), protocol, "access_token"));
    faults.push_back(exchange_fault("AnExchangeWithoutTokenTypeIsAProtocolError",
                                    without(exchanged, "token_type"), protocol, "token_type"));
    faults.push_back(exchange_fault("AnExchangeThatIssuesABearerTokenIsAProtocolError",
                                    with(exchanged, "token_type", std::string("Bearer")), protocol,
                                    "token_type"));
    faults.push_back(exchange_fault("AnExchangeThatWidensTheScopeIsAProtocolError",
                                    with(exchanged, "scope", std::string("chat.read root")),
                                    protocol, "scope"));
    faults.push_back(
        success("TokenTypeInLowerCaseIsFine", with(exchanged, "token_type", std::string("n_a"))));
    faults.push_back(
        success("AnExchangeWithoutScopeGrantsWhatWasAsked", without(exchanged, "scope")));
    faults.push_back(success("ARefreshTokenInAnExchangeIsIgnored",
                             with(exchanged, "refresh_token", std::string("unwanted"))));
}

void add_errors(std::vector<Fault>& faults) {
    for (const auto& row :
         and_errors_of_any_grant({{"invalid_grant", 400, Status::interaction_required},
                                  {"invalid_request", 400, Status::interaction_required},
                                  {"temporarily_unavailable", 503, Status::unavailable}})) {
        faults.push_back(
            exchange_fault(std::string("TheExchangeErrorIsClassified_") + row.code,
                           answer(Server::idp, demo::oauth_error(row.http, row.code, "the reason")),
                           row.status, row.code));
    }
    faults.push_back(exchange_fault("AnErrorInside200IsAnError",
                                    answer(Server::idp, demo::oauth_error(200, "access_denied")),
                                    Status::denied, "access_denied"));
    faults.push_back(exchange_fault("AnErrorInside201IsAnError",
                                    answer(Server::idp, demo::oauth_error(201, "invalid_target")),
                                    Status::denied, "invalid_target"));
    faults.push_back(
        exchange_fault("TooManyRequestsIsUnavailableWithRetryAfter",
                       answer(Server::idp, status(429, "{}", {{"Retry-After", "3600"}})),
                       Status::unavailable, "3600"));
    faults.push_back(exchange_fault(
        "A500WithHtmlIsUnavailable",
        answer(Server::idp, status(500, "<h1>Oops</h1>", {{"Content-Type", "text/html"}})),
        Status::unavailable, "500"));
}

void add_wire_faults(std::vector<Fault>& faults) {
    faults.push_back(exchange_fault("ATruncatedDocumentIsAProtocolError",
                                    answer(Server::idp, wire(demo::Wire::whole)), Status::protocol,
                                    "JSON"));
    faults.push_back(exchange_fault("AConnectionClosedBeforeTheAnswerIsUnavailable",
                                    answer(Server::idp, wire(demo::Wire::close_before)),
                                    Status::unavailable, "closed"));
    faults.push_back(exchange_fault("AConnectionClosedInTheMiddleIsAProtocolError",
                                    answer(Server::idp, wire(demo::Wire::close_in_the_middle)),
                                    Status::protocol, "in the middle"));
    faults.push_back(exchange_fault("AnAnswerThatIsTooLargeIsAProtocolError",
                                    answer(Server::idp, wire(demo::Wire::too_large)),
                                    Status::protocol, "larger than"));
    faults.push_back(exchange_fault(
        "ARedirectIsNotFollowed",
        [](Enterprise& enterprise) {
            answer(Server::idp,
                   status(307, "", {{"Location", enterprise.stranger_url()}}))(enterprise);
        },
        Status::protocol, "redirect"));
    auto endless = exchange_fault("AnAnswerThatNeverEndsIsUnavailableInTime",
                                  answer(Server::idp, wire(demo::Wire::never_ends)),
                                  Status::unavailable, "time");
    endless.configure = [](json::Value& configuration) {
        auto limits = json::Value::object();
        limits.set("request", json::Value::number("0.2")).set("acquisition", 2);
        change_connection(configuration, [&](json::Value& connection) {
            connection.set("time_limits", std::move(limits));
        });
    };
    faults.push_back(std::move(endless));

    auto created = success("A201IsASuccess", nullptr);
    created.options.success_status = 201;
    faults.push_back(std::move(created));
}

}  // namespace

std::vector<Fault> exchange_faults() {
    std::vector<Fault> faults;
    add_members(faults);
    add_errors(faults);
    add_wire_faults(faults);
    return faults;
}

}  // namespace mcp_auth::integration
