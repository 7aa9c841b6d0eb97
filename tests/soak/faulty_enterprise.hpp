// An MCP server's metadata and its authorization server's token endpoint, in this process and
// unreliable: slow, down, refusing, at random. Its tokens say whose they are and for what.
#pragma once

#include <mcp_auth/host/http.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>

namespace mcp_auth::soak {

inline constexpr const char* server = "https://mcp.example/mcp";
inline constexpr int token_life = 2;  // seconds

// Of the calling thread, so that nobody waits for another's; repeatable per seed as far as the
// scheduler lets it be.
inline std::mt19937& random(unsigned seed = 0) {
    static std::atomic<unsigned> threads{0};
    static std::atomic<unsigned> base{0};
    if (seed != 0) base = seed;
    static thread_local std::mt19937 engine(base + ++threads);
    return engine;
}
inline bool one_in(unsigned n) {
    return random()() % n == 0;
}

class FaultyEnterprise final : public HttpTransport {
public:
    Result<HttpResponse> send(const HttpRequest& request, const Bounds& bounds,
                              const BodyReader& = {}) override {
        ++requests;
        if (one_in(4)) {
            if (auto waited = dawdle(random()() % (one_in(20) ? 400 : 20), bounds); !waited)
                return waited.error();
        }
        if (one_in(40)) return Error{Status::unavailable, "", "connection reset"};
        if (one_in(80)) return answer(503, "{}");
        if (request.method == "GET") return metadata(request.url);
        if (one_in(60)) return answer(400, R"({"error": "access_denied"})");
        if (one_in(80)) return answer(200, "<html>");
        return token(request.body);
    }

    std::atomic<std::uint64_t> requests{0}, serial{0};

private:
    static Result<HttpResponse> answer(int status, std::string body) {
        HttpResponse response;
        response.status = status;
        response.headers = {{"Content-Type", "application/json"}};
        response.body = std::move(body);
        return response;
    }
    static Result<HttpResponse> metadata(const std::string& url) {
        if (url == "https://mcp.example/.well-known/oauth-protected-resource/mcp")
            return answer(200, R"({"resource": "https://mcp.example/mcp",
                                   "authorization_servers": ["https://auth.example"]})");
        if (url != "https://auth.example/.well-known/oauth-authorization-server")
            return answer(404, "{}");
        return answer(200, R"({"issuer": "https://auth.example",
                               "token_endpoint": "https://auth.example/token",
                               "token_endpoint_auth_methods_supported": ["none"]})");
    }
    static std::string field(const std::string& form, const std::string& name) {
        const auto at = ("&" + form).find("&" + name + "=");
        if (at == std::string::npos) return {};
        const auto begin = at + name.size() + 1;
        return form.substr(begin, form.find('&', begin) - begin);
    }
    // "<user>/<scope, + between>/<serial>": form encoding leaves what we use as it is.
    Result<HttpResponse> token(const std::string& form) {
        return answer(200, R"({"token_type": "Bearer", "expires_in": )" +
                               std::to_string(token_life) + R"(, "access_token": ")" +
                               field(form, "assertion") + "/" + field(form, "scope") + "/" +
                               std::to_string(++serial) + "\"}");
    }
    static Result<void> dawdle(std::uint64_t milliseconds, const Bounds& bounds) {
        std::mutex mutex;
        std::condition_variable woken;
        const auto wake = bounds.cancellation.on_cancel([&] {
            const std::lock_guard lock(mutex);
            woken.notify_all();
        });
        const auto until =
            std::min(bounds.deadline,
                     std::chrono::steady_clock::now() +
                         std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
        std::unique_lock lock(mutex);
        woken.wait_until(lock, until, [&] { return bounds.cancellation.cancelled(); });
        if (bounds.cancellation.cancelled()) return Error{Status::cancelled, "", "cancelled"};
        if (std::chrono::steady_clock::now() >= bounds.deadline)
            return Error{Status::deadline, "", "out of time"};
        return {};
    }
};

}  // namespace mcp_auth::soak
