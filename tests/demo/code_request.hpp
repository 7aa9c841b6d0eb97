// What a code is asked for with, wherever a test of the demo does so.
#pragma once

namespace mcp_auth::demo {

// RFC 7636, appendix B.
inline constexpr auto verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr auto challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
inline constexpr auto redirect_uri = "http://127.0.0.1:8123/callback";

}  // namespace mcp_auth::demo
