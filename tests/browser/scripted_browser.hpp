// A browser that does what a test says with the URL that it is given.
#pragma once

#include "form_query.hpp"

#include <mcp_auth/host/browser.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::host::testing {

class ScriptedBrowser final : public Browser {
public:
    using Visit = std::function<Result<void>(const std::string& url)>;
    explicit ScriptedBrowser(Visit visit = {}) : visit_(std::move(visit)) {}

    Result<void> open(const std::string& url, const Bounds&) override {
        {
            const std::lock_guard lock(mutex_);
            opened_.push_back(url);
        }
        return visit_ ? visit_(url) : Result<void>();
    }
    std::vector<std::string> opened() const {
        const std::lock_guard lock(mutex_);
        return opened_;
    }

private:
    const Visit visit_;
    mutable std::mutex mutex_;
    std::vector<std::string> opened_;
};

// A parameter of an authorization request.
inline std::string parameter(const std::string& url, const std::string& name) {
    const auto query = parse_query(std::string_view(url).substr(url.find('?') + 1));
    if (!query) return {};
    const auto found = query->find(name);
    return found == query->end() ? std::string() : found->second;
}

// Where the authorization server of an authorization request would send the browser.
inline std::string redirect(const std::string& url, const std::string& more) {
    return parameter(url, "redirect_uri") + "?state=" + parameter(url, "state") + "&" + more;
}

}  // namespace mcp_auth::host::testing
