// An MCP server that a test writes down, and a client that talks to it.
#pragma once

#include "scripted_transport.hpp"

#include <mcp_auth/mcp/client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mcp_auth::mcp::testing {

using host::testing::ScriptedTransport;

// What one Authorizer of a test does, and what it saw.
struct AuthorizationScript {
    std::deque<Result<Headers>> answers;  // of authorize(), in order; none left: no headers
    std::vector<int> again_on;            // statuses that are worth another try, each once
    std::optional<Error> error;
    int authorizers = 0;
    std::vector<std::string> asked;                  // "POST https://..."
    std::vector<std::pair<int, Headers>> responses;  // given to again()
};

class ScriptedAuthorizer final : public Authorizer {
public:
    explicit ScriptedAuthorizer(AuthorizationScript& script) : script_(script) {}

    Result<Headers> authorize(std::string_view method, std::string_view url) override {
        script_.asked.push_back(std::string(method) + " " + std::string(url));
        if (script_.answers.empty()) return Headers{};
        Result<Headers> answer = script_.answers.front();
        script_.answers.pop_front();
        return answer;
    }
    bool again(int status, const Headers& headers) override {
        script_.responses.emplace_back(status, headers);
        const auto found = std::find(script_.again_on.begin(), script_.again_on.end(), status);
        if (found == script_.again_on.end()) return false;
        script_.again_on.erase(found);
        return true;
    }
    std::optional<Error> error() const override { return script_.error; }

private:
    AuthorizationScript& script_;
};

inline constexpr const char* server_url = "https://mcp.example/mcp";

// One answer in each of the two shapes a server may choose.
inline std::string result(int id, const std::string& members) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":{)" + members + "}}";
}
inline std::string event(const std::string& data) {
    return "data: " + data + "\n\n";
}

class McpTest : public ::testing::Test {
protected:
    ScriptedTransport::Script& post() { return http->on("POST", server_url); }
    ScriptedTransport::Script& stream(const std::string& text) {
        return post().respond(200, text, {{"Content-Type", "text/event-stream"}});
    }

    Client client(Protocol protocol, ClientOptions options = {}) {
        options.protocol = protocol;
        options.name = "test";
        options.version = "1.2";
        return Client(
            transport, server_url,
            [this](const Bounds&) {
                ++authorization.authorizers;
                return std::make_unique<ScriptedAuthorizer>(authorization);
            },
            std::move(options));
    }
    Client handshake(ClientOptions options = {}) {
        return client(Protocol::handshake_2025_11_25, std::move(options));
    }
    Client stateless(ClientOptions options = {}) {
        return client(Protocol::stateless_2026_07_28, std::move(options));
    }

    HttpRequest sent(std::size_t index) const { return http->requests().at(index); }
    // The value of a header that was sent exactly once; "(absent)" or "(twice)" otherwise.
    std::string header(std::size_t index, const std::string& name) const {
        HttpResponse carrier;
        carrier.headers = sent(index).headers;
        const auto all = carrier.all(name);
        return all.empty() ? "(absent)" : all.size() > 1 ? "(twice)" : std::string(all.front());
    }

    std::shared_ptr<ScriptedTransport> http = std::make_shared<ScriptedTransport>();
    std::shared_ptr<HttpTransport> transport = http;  // what a client gets
    AuthorizationScript authorization;
    Bounds bounds;
};

}  // namespace mcp_auth::mcp::testing
