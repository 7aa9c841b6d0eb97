// The real Authorizer: one mcp_auth::Request.
#include <mcp_auth/mcp/authorizer.hpp>

#include <utility>

namespace mcp_auth::mcp {
namespace {

class RequestAuthorizer final : public Authorizer {
public:
    explicit RequestAuthorizer(Request request) : request_(std::move(request)) {}

    Result<Headers> authorize(std::string_view method, std::string_view url) override {
        return request_.authorize(method, url);
    }
    bool again(int status, const Headers& response_headers) override {
        return request_.again(status, response_headers);
    }
    std::optional<Error> error() const override { return request_.error(); }

private:
    Request request_;
};

}  // namespace

Authorizers authorize_by(const Connection& connection, const Wait& wait) {
    return [connection, wait](const Bounds& bounds) -> std::unique_ptr<Authorizer> {
        Wait own = wait;
        own.deadline = bounds.deadline;
        own.cancellation = bounds.cancellation;
        return std::make_unique<RequestAuthorizer>(connection.request(own));
    };
}

}  // namespace mcp_auth::mcp
