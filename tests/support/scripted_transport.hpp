// A network that a test writes down beforehand: which request gets which answer, in order.
//
//     auto http = std::make_shared<ScriptedTransport>();
//     http->on("POST", "https://idp.example/token").json(200, R"({"error":"invalid_client"})");
//     http->on("GET", url).json(500, "").json(200, metadata);   // first 500, then the document
//     http->on("GET", other).always().json(200, metadata);      // any number of times
//     http->on("GET", down).fail(Status::unavailable, "connection refused");
//     ...
//     EXPECT_EQ(http->requests().at(0).body, "grant_type=...");
//     EXPECT_TRUE(http->unexpected().empty());
//
// A request that nothing was written for, or more often than it was written, fails with `internal`
// and is listed by unexpected(), so that a test can assert that nothing else was sent. Any thread.
#pragma once

#include <mcp_auth/host/http.hpp>
#include <mcp_auth/result.hpp>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp_auth::host::testing {

class ScriptedTransport final : public HttpTransport {
public:
    using Answer = std::function<Result<HttpResponse>(const HttpRequest&, const Bounds&)>;

    // The script of one method and URL; each call adds one answer and returns the script.
    class Script {
    public:
        // From here on, the last answer is repeated instead of running out.
        Script& always() {
            repeat_ = true;
            return *this;
        }
        // Forgets what was written so far.
        Script& anew() {
            const std::lock_guard lock(owner_->mutex_);
            answers_.clear();
            repeat_ = false;
            return *this;
        }
        Script& respond(HttpResponse response) {
            return answer([response = std::move(response)](const HttpRequest&, const Bounds&) {
                return Result<HttpResponse>(response);
            });
        }
        Script& respond(int status, std::string body, Headers headers = {}) {
            HttpResponse response;
            response.status = status;
            response.headers = std::move(headers);
            response.body = std::move(body);
            return respond(std::move(response));
        }
        // With Content-Type: application/json before `headers`.
        Script& json(int status, std::string body, Headers headers = {}) {
            headers.insert(headers.begin(), {"Content-Type", "application/json"});
            return respond(status, std::move(body), std::move(headers));
        }
        // No answer arrives; the leg is empty, as a real transport leaves it.
        Script& fail(Status status, std::string message) {
            return answer([status, message](const HttpRequest&, const Bounds&) {
                return Result<HttpResponse>(Error(status, "", message));
            });
        }
        // Computed from the request (a server that checks what it got, a test that waits).
        Script& answer(Answer answer) {
            const std::lock_guard lock(owner_->mutex_);
            answers_.push_back(std::move(answer));
            return *this;
        }

    private:
        friend class ScriptedTransport;
        ScriptedTransport* owner_ = nullptr;
        std::deque<Answer> answers_;
        bool repeat_ = false;
    };

    Script& on(const std::string& method, const std::string& url) {
        const std::lock_guard lock(mutex_);
        Script& script = scripts_[{method, url}];
        script.owner_ = this;
        return script;
    }

    // Everything that was sent, in order, unexpected requests included.
    std::vector<HttpRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::vector<HttpRequest> requests(std::string_view method, std::string_view url) const {
        const std::lock_guard lock(mutex_);
        std::vector<HttpRequest> matching;
        for (const HttpRequest& request : requests_) {
            if (request.method == method && request.url == url) matching.push_back(request);
        }
        return matching;
    }
    // "GET https://..." of each request, for one comparison of order and number.
    std::vector<std::string> sent() const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> lines;
        for (const HttpRequest& request : requests_) {
            lines.push_back(request.method + " " + request.url);
        }
        return lines;
    }
    std::vector<std::string> unexpected() const {
        const std::lock_guard lock(mutex_);
        return unexpected_;
    }

    Result<HttpResponse> send(const HttpRequest& request, const Bounds& bounds,
                              const BodyReader& reader = {}) override {
        Result<HttpResponse> response = next_answer(request)(request, bounds);
        if (!response || !reader) return response;
        const std::string body = std::move(response->body);
        response->body.clear();
        if (!body.empty()) reader(*response, body);
        return response;
    }

private:
    Answer next_answer(const HttpRequest& request) {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        const auto script = scripts_.find({request.method, request.url});
        if (script == scripts_.end() || script->second.answers_.empty()) {
            const std::string what = request.method + " " + request.url;
            unexpected_.push_back(what);
            return [what](const HttpRequest&, const Bounds&) {
                return Result<HttpResponse>(
                    Error(Status::internal, "", "no answer was scripted for " + what));
            };
        }
        std::deque<Answer>& answers = script->second.answers_;
        Answer answer = answers.front();
        if (answers.size() > 1 || !script->second.repeat_) answers.pop_front();
        return answer;  // run outside the lock: it may wait, or send again
    }

    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, Script> scripts_;
    std::vector<HttpRequest> requests_;
    std::vector<std::string> unexpected_;
};

}  // namespace mcp_auth::host::testing
