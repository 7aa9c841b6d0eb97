// The targets: each takes bytes that nobody vouches for, and throws BrokenPromise where a reader
// does not keep what it promises.
#pragma once

#include <string_view>

namespace mcp_auth::fuzz {

void allowlist(std::string_view bytes);
void challenge(std::string_view bytes);
void configuration(std::string_view bytes);
void discovery(std::string_view bytes);
void dpop(std::string_view bytes);
void elf_symbols(std::string_view bytes);
void http_answer(std::string_view bytes);
void http_date(std::string_view bytes);
void id_jag(std::string_view bytes);
void id_token(std::string_view bytes);
void json(std::string_view bytes);
void json_rpc(std::string_view bytes);
void jwk_set(std::string_view bytes);
void loopback_request(std::string_view bytes);
void manifest(std::string_view bytes);
void mcp_answer(std::string_view bytes);
void plugin_signature(std::string_view bytes);
void token_response(std::string_view bytes);
void tool_headers(std::string_view bytes);
void trust(std::string_view bytes);
void url(std::string_view bytes);

struct Target {
    const char* name;
    void (*take)(std::string_view);
};
inline constexpr Target targets[] = {{"allowlist", allowlist},
                                     {"challenge", challenge},
                                     {"configuration", configuration},
                                     {"discovery", discovery},
                                     {"dpop", dpop},
                                     {"elf_symbols", elf_symbols},
                                     {"http_answer", http_answer},
                                     {"http_date", http_date},
                                     {"id_jag", id_jag},
                                     {"id_token", id_token},
                                     {"json", json},
                                     {"json_rpc", json_rpc},
                                     {"jwk_set", jwk_set},
                                     {"loopback_request", loopback_request},
                                     {"manifest", manifest},
                                     {"mcp_answer", mcp_answer},
                                     {"plugin_signature", plugin_signature},
                                     {"token_response", token_response},
                                     {"tool_headers", tool_headers},
                                     {"trust", trust},
                                     {"url", url}};

}  // namespace mcp_auth::fuzz
