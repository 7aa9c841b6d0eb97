/* mcp_auth/abi/token_types.h - token type URNs of RFC 8693 3 and of the ID-JAG draft. */
#ifndef MCP_AUTH_ABI_TOKEN_TYPES_H
#define MCP_AUTH_ABI_TOKEN_TYPES_H

#define MCP_AUTH_TYPE_ID_TOKEN "urn:ietf:params:oauth:token-type:id_token"
#define MCP_AUTH_TYPE_SAML2 "urn:ietf:params:oauth:token-type:saml2"
#define MCP_AUTH_TYPE_REFRESH_TOKEN "urn:ietf:params:oauth:token-type:refresh_token"
#define MCP_AUTH_TYPE_JWT "urn:ietf:params:oauth:token-type:jwt"
#define MCP_AUTH_TYPE_ID_JAG "urn:ietf:params:oauth:token-type:id-jag"

#endif /* MCP_AUTH_ABI_TOKEN_TYPES_H */
