// What a server says about proofs: the nonce for the next one, and the challenge that asks for it.
#include "dpop.hpp"

#include "answer.hpp"
#include "ascii_case.hpp"
#include "challenge.hpp"
#include "oauth/published_keys.hpp"
#include "promise.hpp"
#include "support/manual_clock.hpp"
#include "targets.hpp"

#include <mcp_auth/jws.hpp>

#include <algorithm>
#include <vector>

namespace mcp_auth::fuzz {
namespace {

// RFC 7515 A.3: published, and no secret.
host::DpopTerms terms() {
    auto key = host::SigningKey::read(Secret(host::testing::rfc7515_ec_jwk));
    must(key.ok(), "the published key is read");
    host::DpopTerms terms;
    terms.key = std::make_shared<const host::SigningKey>(std::move(*key));
    return terms;
}

void must_be_in_the_proof(const host::DpopTerms& terms, std::string_view nonce) {
    host::testing::ManualClock clock;
    const auto url = host::Url::parse("https://mcp.example/mcp?secret=1");
    const auto proof = host::make_dpop_proof(*terms.key, host::JwsAlgorithm::es256,
                                             {"POST", *url, "access-token", nonce}, clock);
    must(proof.ok(), "a proof is made");
    must(std::all_of(proof->reveal().begin(), proof->reveal().end(),
                     [](char c) { return c > 0x20 && c < 0x7f; }),
         "a proof can stand in a header");
    const auto jws = Jws::decode(proof->reveal());
    must(jws && jws->payload.string("nonce") == nonce, "a proof has the nonce, byte for byte");
    must(jws->payload.string("htu") == "https://mcp.example/mcp", "a proof has no query");
}

}  // namespace

void dpop(std::string_view bytes) {
    static const host::DpopTerms ours = terms();
    const HttpResponse answer = answer_of(bytes);
    const auto nonce = host::dpop_nonce_of(answer.headers);
    const auto given = std::count_if(
        answer.headers.begin(), answer.headers.end(),
        [](const auto& header) { return host::equal_ignoring_case(header.first, "dpop-nonce"); });
    must(nonce.empty() || given == 1, "of two nonces neither is meant");
    must(nonce.size() <= 1024 && is_for_a_log(nonce) &&
             nonce.find_first_of(" \"\\") == std::string_view::npos,
         "a nonce has the characters of one");

    host::DpopNonces nonces;
    nonces.keep("https://auth.example", "before");
    nonces.keep("https://auth.example", nonce);
    must(nonces.of("https://auth.example") == (nonce.empty() ? "before" : nonce),
         "the last nonce is kept");
    must(nonces.of("https://other.example").empty(), "a nonce is of its server");
    if (!nonce.empty()) must_be_in_the_proof(ours, nonce);

    // What a server lists as its algorithms, it may list in any way.
    std::vector<std::string> listed;
    for (const auto& header : answer.headers) listed.push_back(header.second);
    const auto algorithm = host::dpop_algorithm(ours, &listed, "the server", "dpop");
    if (algorithm)
        must(*algorithm == host::JwsAlgorithm::es256, "the algorithm is the key's");
    else
        must_be_for_a_log(algorithm.error());
    static_cast<void>(host::read_challenge(answer.headers));
}

}  // namespace mcp_auth::fuzz
