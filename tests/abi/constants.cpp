// ABI 1.0, frozen: every constant. Numbers and ids are what plugins were compiled with, so none
// ever changes, and a number is never used again. To compile this is the test.
#include <mcp_auth/abi.h>

#include <string_view>

#define IS(NAME, VALUE) static_assert(NAME == VALUE, #NAME " has another value")
#define READS(NAME, TEXT) static_assert(std::string_view(NAME) == TEXT, #NAME " reads otherwise")

IS(MCP_AUTH_ABI_MAJOR, 1u);
IS(MCP_AUTH_ABI_MINOR, 0u);
READS(MCP_AUTH_ENTRY_NAME, "mcp_auth_plugin_entry_v1");

READS(MCP_AUTH_ROLE_ASSERTION, "mcp.auth.assertion/1");
READS(MCP_AUTH_ROLE_TOKEN, "mcp.auth.token/1");

READS(MCP_AUTH_SERVICE_BROWSER, "mcp.auth.browser/1");
READS(MCP_AUTH_SERVICE_CLOCK, "mcp.auth.clock/1");
READS(MCP_AUTH_SERVICE_HTTP, "mcp.auth.http/1");
READS(MCP_AUTH_SERVICE_LOG, "mcp.auth.log/1");
READS(MCP_AUTH_SERVICE_OAUTH, "mcp.auth.oauth/1");
READS(MCP_AUTH_SERVICE_PEER, "mcp.auth.peer/1");
READS(MCP_AUTH_SERVICE_STORE, "mcp.auth.store/1");
READS(MCP_AUTH_SERVICE_SUBJECT, "mcp.auth.subject/1");

READS(MCP_AUTH_TYPE_ID_TOKEN, "urn:ietf:params:oauth:token-type:id_token");
READS(MCP_AUTH_TYPE_SAML2, "urn:ietf:params:oauth:token-type:saml2");
READS(MCP_AUTH_TYPE_REFRESH_TOKEN, "urn:ietf:params:oauth:token-type:refresh_token");
READS(MCP_AUTH_TYPE_JWT, "urn:ietf:params:oauth:token-type:jwt");
READS(MCP_AUTH_TYPE_ID_JAG, "urn:ietf:params:oauth:token-type:id-jag");

IS(MCP_AUTH_OK, 0u);
IS(MCP_AUTH_INTERNAL, 1u);
IS(MCP_AUTH_INVALID_ARGUMENT, 2u);
IS(MCP_AUTH_MISCONFIGURED, 3u);
IS(MCP_AUTH_DENIED, 4u);
IS(MCP_AUTH_INTERACTION_REQUIRED, 5u);
IS(MCP_AUTH_UNAVAILABLE, 6u);
IS(MCP_AUTH_PROTOCOL, 7u);
IS(MCP_AUTH_CANCELLED, 8u);
IS(MCP_AUTH_DEADLINE, 9u);
IS(MCP_AUTH_UNSUPPORTED, 10u);

IS(MCP_AUTH_REASON_FIRST, 0u);
IS(MCP_AUTH_REASON_EXPIRING, 1u);
IS(MCP_AUTH_REASON_REJECTED, 2u);
IS(MCP_AUTH_REASON_INSUFFICIENT_SCOPE, 3u);

IS(MCP_AUTH_REQUEST_OMIT_RESOURCE, 1u);

IS(MCP_AUTH_LOG_ERROR, 0u);
IS(MCP_AUTH_LOG_WARNING, 1u);
IS(MCP_AUTH_LOG_INFO, 2u);
IS(MCP_AUTH_LOG_DEBUG, 3u);
