/* ABI 1.0, frozen: the size of every struct, and the offset and type of every member, on LP64 and
 * ILP32. What this file refuses breaks plugins that exist. A member that a minor version adds at
 * the end of a data struct is added here, with that struct's new size; nothing else ever changes.
 *
 * To compile it is the test. complete.sh holds the list to the headers. */
#include <mcp_auth/abi.h>

#if UINTPTR_MAX == 0xffffffffu
#define HERE(LP64, ILP32) (ILP32)
#else
#define HERE(LP64, ILP32) (LP64)
#endif

#define SIZE(TYPE, LP64, ILP32) \
    _Static_assert(sizeof(TYPE) == HERE(LP64, ILP32), #TYPE " has another size")

/* The type comes last, since that of a function has commas. */
#define AT(TYPE, MEMBER, LP64, ILP32, ...)                                     \
    _Static_assert(offsetof(TYPE, MEMBER) == HERE(LP64, ILP32),                \
                   #TYPE "." #MEMBER " is at another offset");                 \
    _Static_assert(_Generic(((TYPE*)0)->MEMBER, __VA_ARGS__ : 1, default : 0), \
                   #TYPE "." #MEMBER " is of another type")

SIZE(mcp_auth_assertion, 80, 48);
AT(mcp_auth_assertion, struct_size, 0, 0, uint32_t);
AT(mcp_auth_assertion, reserved, 4, 4, uint32_t);
AT(mcp_auth_assertion, assertion, 8, 8, mcp_auth_str);
AT(mcp_auth_assertion, token_type, 24, 16, mcp_auth_str);
AT(mcp_auth_assertion, issuer, 40, 24, mcp_auth_str);
AT(mcp_auth_assertion, scope, 56, 32, mcp_auth_str);
AT(mcp_auth_assertion, expires_at, 72, 40, int64_t);

SIZE(mcp_auth_assertion_request, 88, 48);
AT(mcp_auth_assertion_request, struct_size, 0, 0, uint32_t);
AT(mcp_auth_assertion_request, reason, 4, 4, mcp_auth_reason);
AT(mcp_auth_assertion_request, audience, 8, 8, mcp_auth_str);
AT(mcp_auth_assertion_request, resource, 24, 16, mcp_auth_str);
AT(mcp_auth_assertion_request, scope, 40, 24, mcp_auth_str);
AT(mcp_auth_assertion_request, client_id, 56, 32, mcp_auth_str);
AT(mcp_auth_assertion_request, dpop_jkt, 72, 40, mcp_auth_str);

SIZE(mcp_auth_assertion_role_v1, 8, 4);
AT(mcp_auth_assertion_role_v1, assertion, 0, 0,
   mcp_auth_status (*)(mcp_auth_provider*, mcp_auth_call*, const mcp_auth_assertion_request*,
                       const mcp_auth_results*));

SIZE(mcp_auth_browser_answer, 40, 24);
AT(mcp_auth_browser_answer, struct_size, 0, 0, uint32_t);
AT(mcp_auth_browser_answer, reserved, 4, 4, uint32_t);
AT(mcp_auth_browser_answer, code, 8, 8, mcp_auth_str);
AT(mcp_auth_browser_answer, code_verifier, 24, 16, mcp_auth_str);

SIZE(mcp_auth_browser_flow, 56, 32);
AT(mcp_auth_browser_flow, struct_size, 0, 0, uint32_t);
AT(mcp_auth_browser_flow, reserved, 4, 4, uint32_t);
AT(mcp_auth_browser_flow, redirect_uri, 8, 8, mcp_auth_str);
AT(mcp_auth_browser_flow, code_challenge, 24, 16, mcp_auth_str);
AT(mcp_auth_browser_flow, state, 40, 24, mcp_auth_str);

SIZE(mcp_auth_browser_v1, 16, 8);
AT(mcp_auth_browser_v1, begin, 0, 0,
   mcp_auth_status (*)(mcp_auth_call*, mcp_auth_str, mcp_auth_browser_flow*, mcp_auth_failure*));
AT(mcp_auth_browser_v1, finish, 8, 4,
   mcp_auth_status (*)(mcp_auth_call*, mcp_auth_str, mcp_auth_browser_answer*, mcp_auth_failure*));

SIZE(mcp_auth_client, 72, 40);
AT(mcp_auth_client, struct_size, 0, 0, uint32_t);
AT(mcp_auth_client, reserved, 4, 4, uint32_t);
AT(mcp_auth_client, client_id, 8, 8, mcp_auth_str);
AT(mcp_auth_client, issuer, 24, 16, mcp_auth_str);
AT(mcp_auth_client, metadata, 40, 24, mcp_auth_str);
AT(mcp_auth_client, dpop_jkt, 56, 32, mcp_auth_str);

SIZE(mcp_auth_client_request, 72, 40);
AT(mcp_auth_client_request, struct_size, 0, 0, uint32_t);
AT(mcp_auth_client_request, reserved, 4, 4, uint32_t);
AT(mcp_auth_client_request, name, 8, 8, mcp_auth_str);
AT(mcp_auth_client_request, redirect_uri, 24, 16, mcp_auth_str);
AT(mcp_auth_client_request, grant_types, 40, 24, mcp_auth_str);
AT(mcp_auth_client_request, scope, 56, 32, mcp_auth_str);

SIZE(mcp_auth_clock_v1, 32, 16);
AT(mcp_auth_clock_v1, wall, 0, 0, int64_t (*)(mcp_auth_call*));
AT(mcp_auth_clock_v1, monotonic_ms, 8, 4, int64_t (*)(mcp_auth_call*));
AT(mcp_auth_clock_v1, random, 16, 8, void (*)(mcp_auth_call*, void*, size_t));
AT(mcp_auth_clock_v1, sleep, 24, 12,
   mcp_auth_status (*)(mcp_auth_call*, int64_t, mcp_auth_failure*));

SIZE(mcp_auth_failure, 112, 72);
AT(mcp_auth_failure, struct_size, 0, 0, uint32_t);
AT(mcp_auth_failure, status, 4, 4, mcp_auth_status);
AT(mcp_auth_failure, leg, 8, 8, mcp_auth_str);
AT(mcp_auth_failure, message, 24, 16, mcp_auth_str);
AT(mcp_auth_failure, oauth_error, 40, 24, mcp_auth_str);
AT(mcp_auth_failure, description, 56, 32, mcp_auth_str);
AT(mcp_auth_failure, acr_values, 72, 40, mcp_auth_str);
AT(mcp_auth_failure, max_age, 88, 48, int64_t);
AT(mcp_auth_failure, retry_after, 96, 56, int64_t);
AT(mcp_auth_failure, http_status, 104, 64, uint32_t);
AT(mcp_auth_failure, reserved, 108, 68, uint32_t);

SIZE(mcp_auth_field, 32, 16);
AT(mcp_auth_field, name, 0, 0, mcp_auth_str);
AT(mcp_auth_field, value, 16, 8, mcp_auth_str);

SIZE(mcp_auth_fields, 16, 8);
AT(mcp_auth_fields, ptr, 0, 0, const mcp_auth_field*);
AT(mcp_auth_fields, count, 8, 4, size_t);

SIZE(mcp_auth_host, 8, 4);
AT(mcp_auth_host, service, 0, 0, const void* (*)(const mcp_auth_host*, mcp_auth_str));

SIZE(mcp_auth_http_request, 72, 40);
AT(mcp_auth_http_request, struct_size, 0, 0, uint32_t);
AT(mcp_auth_http_request, reserved, 4, 4, uint32_t);
AT(mcp_auth_http_request, method, 8, 8, mcp_auth_str);
AT(mcp_auth_http_request, url, 24, 16, mcp_auth_str);
AT(mcp_auth_http_request, headers, 40, 24, mcp_auth_fields);
AT(mcp_auth_http_request, body, 56, 32, mcp_auth_str);

SIZE(mcp_auth_http_response, 40, 24);
AT(mcp_auth_http_response, struct_size, 0, 0, uint32_t);
AT(mcp_auth_http_response, status, 4, 4, uint32_t);
AT(mcp_auth_http_response, headers, 8, 8, mcp_auth_fields);
AT(mcp_auth_http_response, body, 24, 16, mcp_auth_str);

SIZE(mcp_auth_http_v1, 8, 4);
AT(mcp_auth_http_v1, send, 0, 0,
   mcp_auth_status (*)(mcp_auth_call*, const mcp_auth_http_request*, mcp_auth_http_response*,
                       mcp_auth_failure*));

SIZE(mcp_auth_instance, 40, 24);
AT(mcp_auth_instance, struct_size, 0, 0, uint32_t);
AT(mcp_auth_instance, abi_minor, 4, 4, uint32_t);
AT(mcp_auth_instance, name, 8, 8, mcp_auth_str);
AT(mcp_auth_instance, settings, 24, 16, mcp_auth_str);

SIZE(mcp_auth_log_v1, 8, 4);
AT(mcp_auth_log_v1, write, 0, 0, void (*)(mcp_auth_call*, uint32_t, mcp_auth_str, mcp_auth_fields));

SIZE(mcp_auth_oauth_v1, 16, 8);
AT(mcp_auth_oauth_v1, client, 0, 0,
   mcp_auth_status (*)(mcp_auth_call*, const mcp_auth_client_request*, mcp_auth_client*,
                       mcp_auth_failure*));
AT(mcp_auth_oauth_v1, token_request, 8, 4,
   mcp_auth_status (*)(mcp_auth_call*, mcp_auth_str, mcp_auth_fields, mcp_auth_token_response*,
                       mcp_auth_failure*));

SIZE(mcp_auth_peer_v1, 8, 4);
AT(mcp_auth_peer_v1, assertion, 0, 0,
   mcp_auth_status (*)(mcp_auth_call*, mcp_auth_str, const mcp_auth_assertion_request*,
                       mcp_auth_assertion*, mcp_auth_failure*));

SIZE(mcp_auth_plugin, 64, 36);
AT(mcp_auth_plugin, struct_size, 0, 0, uint32_t);
AT(mcp_auth_plugin, abi_minor, 4, 4, uint32_t);
AT(mcp_auth_plugin, id, 8, 8, mcp_auth_str);
AT(mcp_auth_plugin, version, 24, 16, mcp_auth_str);
AT(mcp_auth_plugin, roles, 40, 24, mcp_auth_str);
AT(mcp_auth_plugin, create, 56, 32,
   mcp_auth_status (*)(const mcp_auth_host*, const mcp_auth_instance*, mcp_auth_provider**,
                       mcp_auth_failure*));

SIZE(mcp_auth_provider, 16, 8);
AT(mcp_auth_provider, extension, 0, 0, const void* (*)(mcp_auth_provider*, mcp_auth_str));
AT(mcp_auth_provider, destroy, 8, 4, void (*)(mcp_auth_provider*));

SIZE(mcp_auth_results, 24, 12);
AT(mcp_auth_results, token, 0, 0, void (*)(mcp_auth_call*, const mcp_auth_token*));
AT(mcp_auth_results, assertion, 8, 4, void (*)(mcp_auth_call*, const mcp_auth_assertion*));
AT(mcp_auth_results, failed, 16, 8, void (*)(mcp_auth_call*, const mcp_auth_failure*));

SIZE(mcp_auth_store_v1, 32, 16);
AT(mcp_auth_store_v1, get, 0, 0,
   mcp_auth_status (*)(mcp_auth_call*, mcp_auth_str, mcp_auth_str, mcp_auth_str*,
                       mcp_auth_failure*));
AT(mcp_auth_store_v1, put, 8, 4,
   mcp_auth_status (*)(mcp_auth_call*, mcp_auth_str, mcp_auth_str, mcp_auth_str, int64_t,
                       mcp_auth_failure*));
AT(mcp_auth_store_v1, lease, 16, 8,
   mcp_auth_status (*)(mcp_auth_call*, mcp_auth_str, mcp_auth_str, mcp_auth_failure*));
AT(mcp_auth_store_v1, release, 24, 12, void (*)(mcp_auth_call*, mcp_auth_str, mcp_auth_str));

SIZE(mcp_auth_str, 16, 8);
AT(mcp_auth_str, ptr, 0, 0, const char*);
AT(mcp_auth_str, len, 8, 4, size_t);

SIZE(mcp_auth_subject, 48, 32);
AT(mcp_auth_subject, struct_size, 0, 0, uint32_t);
AT(mcp_auth_subject, reserved, 4, 4, uint32_t);
AT(mcp_auth_subject, assertion, 8, 8, mcp_auth_str);
AT(mcp_auth_subject, token_type, 24, 16, mcp_auth_str);
AT(mcp_auth_subject, expires_at, 40, 24, int64_t);

SIZE(mcp_auth_subject_v1, 8, 4);
AT(mcp_auth_subject_v1, get, 0, 0,
   mcp_auth_status (*)(mcp_auth_call*, mcp_auth_str, mcp_auth_subject*, mcp_auth_failure*));

SIZE(mcp_auth_token, 64, 40);
AT(mcp_auth_token, struct_size, 0, 0, uint32_t);
AT(mcp_auth_token, reserved, 4, 4, uint32_t);
AT(mcp_auth_token, access_token, 8, 8, mcp_auth_str);
AT(mcp_auth_token, token_type, 24, 16, mcp_auth_str);
AT(mcp_auth_token, scope, 40, 24, mcp_auth_str);
AT(mcp_auth_token, expires_at, 56, 32, int64_t);

SIZE(mcp_auth_token_request, 112, 64);
AT(mcp_auth_token_request, struct_size, 0, 0, uint32_t);
AT(mcp_auth_token_request, reason, 4, 4, mcp_auth_reason);
AT(mcp_auth_token_request, server, 8, 8, mcp_auth_str);
AT(mcp_auth_token_request, resource, 24, 16, mcp_auth_str);
AT(mcp_auth_token_request, issuer, 40, 24, mcp_auth_str);
AT(mcp_auth_token_request, metadata, 56, 32, mcp_auth_str);
AT(mcp_auth_token_request, scope, 72, 40, mcp_auth_str);
AT(mcp_auth_token_request, challenge, 88, 48, mcp_auth_str);
AT(mcp_auth_token_request, flags, 104, 56, uint32_t);
AT(mcp_auth_token_request, reserved, 108, 60, uint32_t);

SIZE(mcp_auth_token_response, 112, 64);
AT(mcp_auth_token_response, struct_size, 0, 0, uint32_t);
AT(mcp_auth_token_response, http_status, 4, 4, uint32_t);
AT(mcp_auth_token_response, json, 8, 8, mcp_auth_str);
AT(mcp_auth_token_response, access_token, 24, 16, mcp_auth_str);
AT(mcp_auth_token_response, token_type, 40, 24, mcp_auth_str);
AT(mcp_auth_token_response, issued_token_type, 56, 32, mcp_auth_str);
AT(mcp_auth_token_response, refresh_token, 72, 40, mcp_auth_str);
AT(mcp_auth_token_response, scope, 88, 48, mcp_auth_str);
AT(mcp_auth_token_response, expires_at, 104, 56, int64_t);

SIZE(mcp_auth_token_role_v1, 8, 4);
AT(mcp_auth_token_role_v1, acquire, 0, 0,
   mcp_auth_status (*)(mcp_auth_provider*, mcp_auth_call*, const mcp_auth_token_request*,
                       const mcp_auth_results*));
