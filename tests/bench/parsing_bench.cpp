// What a host parses for each request or token: time and throughput of the readers alone.
#include "challenge.hpp"
#include "url.hpp"

#include <mcp_auth/json.hpp>
#include <mcp_auth/jws.hpp>

#include <benchmark/benchmark.h>

#include <string>

namespace {

void report_bytes(benchmark::State& state, std::size_t bytes) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void read_challenge(benchmark::State& state) {
    const std::string value =
        R"(Bearer realm="chat", error="invalid_token", scope="chat.read chat.write", )"
        R"(resource_metadata="https://mcp.chat.example/.well-known/oauth-protected-resource/mcp")";
    const mcp_auth::Headers headers = {{"Date", "Mon, 23 Nov 2026 01:00:00 GMT"},
                                       {"WWW-Authenticate", value}};
    for (auto _ : state) benchmark::DoNotOptimize(mcp_auth::host::read_challenge(headers));
    report_bytes(state, value.size());
}
BENCHMARK(read_challenge);

void parse_url(benchmark::State& state) {
    const std::string text = "https://mcp.chat.example:8443/tenants/acme/mcp?session=1";
    for (auto _ : state) benchmark::DoNotOptimize(mcp_auth::host::Url::parse(text));
    report_bytes(state, text.size());
}
BENCHMARK(parse_url);

// A metadata document, and one at the limit of 256 KiB (L3).
void parse_metadata(benchmark::State& state) {
    mcp_auth::json::Value document = mcp_auth::json::Value::object();
    document.set("issuer", "https://auth.chat.example")
        .set("token_endpoint", "https://auth.chat.example/token");
    mcp_auth::json::Value scopes = mcp_auth::json::Value::array();
    for (int i = 0; i < state.range(0); ++i) scopes.push("scope." + std::to_string(i));
    document.set("scopes_supported", std::move(scopes));
    const std::string text = document.dump();
    for (auto _ : state) benchmark::DoNotOptimize(mcp_auth::json::parse(text));
    report_bytes(state, text.size());
}
BENCHMARK(parse_metadata)->Arg(10)->Arg(16'000);

void decode_id_jag(benchmark::State& state) {
    using mcp_auth::base64url_encode;
    const std::string token =
        base64url_encode(R"({"alg":"ES256","typ":"oauth-id-jag+jwt","kid":"k1"})") + "." +
        base64url_encode(
            R"({"iss":"https://acme.idp.example","sub":"alice","aud":"https://auth.chat.example",)"
            R"("client_id":"f53f191f9311af35","resource":"https://mcp.chat.example/mcp",)"
            R"("scope":"chat.read","jti":"9e43f81b64a33f20116179","iat":1790000000,"exp":1790000300})") +
        "." + base64url_encode(std::string(64, 's'));
    for (auto _ : state) benchmark::DoNotOptimize(mcp_auth::Jws::decode(token));
    report_bytes(state, token.size());
}
BENCHMARK(decode_id_jag);

}  // namespace
