#include "http_client.hpp"

#include "connection_pool.hpp"
#include "connector.hpp"
#include "http_exchange.hpp"
#include "redirect.hpp"

#include <openssl/evp.h>

#include <array>
#include <exception>
#include <map>
#include <mutex>
#include <utility>

namespace mcp_auth::host {
namespace {

constexpr std::size_t most_contexts = 16;

// What tells two client certificates apart, without keeping the key: SHA-256 of both.
std::string fingerprint(const ClientCertificate& client) {
    if (client.empty()) return {};
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                    EVP_MD_CTX_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
    EVP_DigestUpdate(digest.get(), client.certificate.data(), client.certificate.size());
    EVP_DigestUpdate(digest.get(), "", 1);
    EVP_DigestUpdate(digest.get(), client.key.data(), client.key.size());
    EVP_DigestFinal_ex(digest.get(), bytes.data(), &size);
    return std::string(reinterpret_cast<const char*>(bytes.data()), size);
}

class HttpClient final : public HttpTransport {
public:
    HttpClient(Connector connector, TlsTrust trust, const TimeLimits& limits)
        : connector_(std::move(connector)), trust_(std::move(trust)), limits_(limits), pool_({}) {}

    // What one connection may not differ in from another that serves in its place.
    std::string mark(const ClientCertificate& client) const {
        return fingerprint(client) + " " + trust_.stamp();
    }

    // Made when it is needed and kept: reading the system's authorities takes some 20 ms.
    Result<std::shared_ptr<const TlsContext>> context(const ClientCertificate& client,
                                                      const std::string& mark) {
        {
            const std::lock_guard lock(mutex_);
            if (const auto known = contexts_.find(mark); known != contexts_.end())
                return known->second;
        }
        auto made = TlsContext::make(trust_, client);
        if (!made) return made;
        const std::lock_guard lock(mutex_);
        if (contexts_.size() >= most_contexts) contexts_.clear();
        contexts_[mark] = *made;
        return made;
    }

    Result<HttpResponse> send(const HttpRequest& request, const Bounds& bounds,
                              const BodyReader& reader) override {
        try {
            return send_and_follow(request, bounds, reader);
        } catch (const std::exception&) {
            // Out of memory, or the reader threw; its text could hold anything.
            return Error(Status::internal, "", "the request ended with an exception");
        }
    }

private:
    Result<HttpResponse> send_and_follow(const HttpRequest& original, const Bounds& bounds,
                                         const BodyReader& reader) {
        if (auto ok = check_request(original); !ok) return std::move(ok).error();
        auto url = Url::parse(original.url);
        if (!url) return Error(Status::misconfigured, "", url.error().message);
        IoLimit limit(bounds,
                      bounds.request_limit.count() > 0 ? bounds.request_limit : limits_.request,
                      signals_);
        return send_following(
            original, *std::move(url), reader,
            [&](const HttpRequest& request, const Url& to, const BodyReader& read) {
                return send_once(request, to, limit, read);
            });
    }

    Result<HttpResponse> send_once(const HttpRequest& request, const Url& url, IoLimit& limit,
                                   const BodyReader& reader) {
        limit.set_peer(authority(url, true));
        if (auto ok = limit.check(); !ok) return std::move(ok).error();
        if (auto ok = connector_.check(url); !ok) return std::move(ok).error();
        const ClientCertificate client{request.client_certificate, request.client_key};
        std::string key = url.origin();
        auto tls = Result<std::shared_ptr<const TlsContext>>(nullptr);
        if (url.secure()) {
            const std::string made_with = mark(client);
            key += " " + made_with;
            tls = context(client, made_with);
            if (!tls) return std::move(tls).error();
        }
        const Secret bytes = request_bytes(request, url);

        auto stream = pool_.take(key);
        const bool reused = stream != nullptr;
        for (bool again = reused;; again = false) {
            if (!stream) {
                auto connected = connector_.connect(url, *tls, limit);
                if (!connected) return std::move(connected).error();
                stream = std::move(*connected);
            }
            bool anything_arrived = false;
            auto done = exchange(*stream, bytes, request, reader, limit, anything_arrived);
            if (done) {
                if (done->reusable) pool_.give_back(key, std::move(stream));
                return std::move(done->response);
            }
            // The server may have closed it just as we wrote. Only what can be done twice without
            // harm is sent again (RFC 9110 9.2.2); a POST may have been carried out.
            const bool safe = request.method == "GET" || request.method == "HEAD";
            if (!again || !safe || anything_arrived || done.status() != Status::unavailable ||
                !limit.check())
                return std::move(done).error();
            stream.reset();
        }
    }

    Connector connector_;
    const TlsTrust trust_;
    const TimeLimits limits_;
    ConnectionPool pool_;
    WakeSignals signals_;
    std::mutex mutex_;  // of contexts_
    std::map<std::string, std::shared_ptr<const TlsContext>> contexts_;
};

}  // namespace

Result<std::shared_ptr<HttpTransport>> make_http_client(const PolicyConfig& policy,
                                                        const TimeLimits& limits,
                                                        NameLookUp look_up) {
    auto connector = Connector::from(policy, limits.connect, std::move(look_up));
    if (!connector) return std::move(connector).error();
    const auto trust = TlsTrust::from(policy);
    auto client = std::make_shared<HttpClient>(std::move(*connector), trust, limits);
    // A file that the administrator named is read at once, so that its fault shows at once.
    if (!trust.of_the_system() || !trust.crl_file.empty()) {
        if (auto tls = client->context({}, client->mark({})); !tls) return std::move(tls).error();
    }
    return std::shared_ptr<HttpTransport>(std::move(client));
}

}  // namespace mcp_auth::host
