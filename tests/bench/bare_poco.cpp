// bare_poco CLIENT_JSON THREADS COUNT: the least that the same two requests cost with Poco's
// client: one session a thread and server, kept alive; the answers' JSON read, and nothing checked.
#include "measured.hpp"

#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPBasicCredentials.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string form(const Fields& fields) {
    std::string body;
    for (const auto& [name, value] : fields) {
        if (!body.empty()) body += '&';
        body += name + "=";
        Poco::URI::encode(value, "!#$%&'()*+,/:;=?@[]", body);
    }
    return body;
}

class TokenEndpoint {
public:
    explicit TokenEndpoint(const Poco::URI& url)
        : session_(url.getHost(), url.getPort()), path_(url.getPathAndQuery()) {
        session_.setKeepAlive(true);
        session_.setKeepAliveTimeout(Poco::Timespan(3600, 0));
    }

    std::string post(const Fields& fields, const Poco::Net::HTTPBasicCredentials* credentials) {
        const std::string body = form(fields);
        Poco::Net::HTTPRequest request("POST", path_, Poco::Net::HTTPMessage::HTTP_1_1);
        request.setContentType("application/x-www-form-urlencoded");
        request.set("Accept", "application/json");
        request.setContentLength(static_cast<std::streamsize>(body.size()));
        if (credentials) credentials->authenticate(request);
        session_.sendRequest(request) << body;
        Poco::Net::HTTPResponse response;
        std::string answer;
        Poco::StreamCopier::copyToString(session_.receiveResponse(response), answer);
        if (response.getStatus() != 200) throw std::runtime_error("not answered with 200");
        Poco::JSON::Parser parser;
        return parser.parse(answer).extract<Poco::JSON::Object::Ptr>()->getValue<std::string>(
            "access_token");
    }

private:
    Poco::Net::HTTPClientSession session_;
    const std::string path_;
};

class Client {
public:
    explicit Client(const Poco::JSON::Object& with)
        : with_(with),
          idp_(Poco::URI(text("idp_token_endpoint"))),
          server_(Poco::URI(text("server_token_endpoint"))),
          credentials_(text("mcp_client"), text("mcp_secret")) {}

    void acquire() {
        const std::string grant = "urn:ietf:params:oauth:grant-type:";
        const auto id_jag =
            idp_.post({{"grant_type", grant + "token-exchange"},
                       {"requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"},
                       {"audience", audience_},
                       {"resource", resource_},
                       {"scope", scope_},
                       {"subject_token", id_token_},
                       {"subject_token_type", "urn:ietf:params:oauth:token-type:id_token"},
                       {"client_id", id_},
                       {"client_secret", secret_}},
                      nullptr);
        const auto token = server_.post({{"grant_type", grant + "jwt-bearer"},
                                         {"assertion", id_jag},
                                         {"resource", resource_},
                                         {"scope", scope_}},
                                        &credentials_);
        if (token.empty()) throw std::runtime_error("no token");
    }

private:
    std::string text(const char* name) const { return with_.getValue<std::string>(name); }

    const Poco::JSON::Object& with_;
    TokenEndpoint idp_, server_;
    const Poco::Net::HTTPBasicCredentials credentials_;
    const std::string audience_ = text("audience"), resource_ = text("resource"),
                      scope_ = text("scope"), id_token_ = text("id_token"),
                      id_ = text("idp_client"), secret_ = text("idp_secret");
};

void acquire_all(std::deque<Client>& clients, unsigned long count) {
    std::atomic<unsigned long> next{0};
    std::vector<std::thread> threads;
    for (auto& client : clients)
        threads.emplace_back([&next, &client, count] {
            try {
                while (next++ < count) client.acquire();
            } catch (const std::exception& exception) {
                std::fprintf(stderr, "%s\n", exception.what());
                std::_Exit(1);
            }
        });
    for (auto& thread : threads) thread.join();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: bare_poco CLIENT_JSON THREADS COUNT\n");
        return 2;
    }
    try {
        std::ifstream file(argv[1]);
        Poco::JSON::Parser parser;
        const auto with = parser.parse(file).extract<Poco::JSON::Object::Ptr>();
        const auto threads = static_cast<unsigned>(std::atoi(argv[2]));
        const auto count = static_cast<unsigned long>(std::atol(argv[3]));
        std::deque<Client> clients;
        for (unsigned i = 0; i < threads; ++i) clients.emplace_back(*with);
        acquire_all(clients, 20UL * threads);

        const mcp_auth::bench::Measured measured;
        acquire_all(clients, count);
        measured.print("bare_poco", threads, count);
        return 0;
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "%s\n", exception.what());
        return 1;
    }
}
