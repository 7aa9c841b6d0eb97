#include "checked_transport.hpp"

#include "address_policy.hpp"
#include "redirect.hpp"
#include "url.hpp"

#include <utility>

namespace mcp_auth::host {
namespace {

class CheckedTransport final : public HttpTransport {
public:
    CheckedTransport(AddressPolicy policy, std::shared_ptr<HttpTransport> inner)
        : policy_(std::move(policy)), inner_(std::move(inner)) {}

    Result<HttpResponse> send(const HttpRequest& request, const Bounds& bounds,
                              const BodyReader& reader) override {
        auto url = Url::parse(request.url);
        if (!url) return Error(Status::misconfigured, "", url.error().message);
        // What `inner` would follow by itself, nobody would have held to the policy.
        return send_following(request, *std::move(url), reader,
                              [&](const HttpRequest& hop, const Url& to,
                                  const BodyReader& read) -> Result<HttpResponse> {
                                  if (auto allowed = policy_.check(to); !allowed)
                                      return std::move(allowed).error();
                                  return inner_->send(hop, bounds, read);
                              });
    }

private:
    const AddressPolicy policy_;
    const std::shared_ptr<HttpTransport> inner_;
};

}  // namespace

Result<std::shared_ptr<HttpTransport>> checked_transport(const PolicyConfig& policy,
                                                         std::shared_ptr<HttpTransport> inner) {
    auto addresses = AddressPolicy::from(policy);
    if (!addresses) return std::move(addresses).error();
    return std::shared_ptr<HttpTransport>(
        std::make_shared<CheckedTransport>(std::move(*addresses), std::move(inner)));
}

}  // namespace mcp_auth::host
