// A browser that knows the demo identity provider's sign-in page: it gets it, fills in the form and
// follows the redirect to the host, as a person's browser does.
#pragma once

#include "browser/loopback_client.hpp"

#include <mcp_auth/form.hpp>
#include <mcp_auth/host/browser.hpp>
#include <mcp_auth/host/http.hpp>

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>

namespace mcp_auth::host::testing {

class PageBrowser final : public Browser {
public:
    std::string user = "alice", password = "demo", button = "sign-in";
    std::shared_ptr<HttpTransport> network;  // given once there is one
    std::string landing;                     // what the host showed at the end

    Result<void> open(const std::string& url, const Bounds& bounds) override {
        HttpRequest page;
        page.url = url;
        const auto shown = network->send(page, bounds);
        if (!shown) return shown.error();
        if (shown->status == 200) {
            EXPECT_THAT(shown->body, ::testing::HasSubstr("<form method=\"post\">"));
            const auto answer = submit(url, bounds);
            if (!answer) return answer.error();
            return follow(*answer);
        }
        return follow(*shown);
    }
    Result<HttpResponse> submit(const std::string& url, const Bounds& bounds,
                                const std::string& more = {}) const {
        HttpRequest form;
        form.method = "POST";
        form.url = url;
        form.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        form.body = "user=" + form_encode(user) + "&password=" + form_encode(password) +
                    "&do=" + button + more;
        return network->send(form, bounds);
    }

private:
    Result<void> follow(const HttpResponse& answer) {
        const std::string to(answer.header("Location"));
        if (to.empty())
            return Error(Status::interaction_required, "browser", "the page says: " + answer.body);
        landing = get(to);
        return {};
    }
};

}  // namespace mcp_auth::host::testing
