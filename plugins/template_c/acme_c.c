/* acme_c - a provider in C to begin your own with, without a C++ runtime. The assertion of the
 * signed-in user, a JWT of your identity platform, is redeemed at the MCP server's authorization
 * server (RFC 7523 2.1). What you will change is marked HERE; the rest is what any provider owes
 * its host. */
#include <mcp_auth/abi.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The host's table comes first, so that a pointer to it is one to the whole. */
typedef struct {
    mcp_auth_provider base;
    const mcp_auth_oauth_v1* oauth;
    const mcp_auth_subject_v1* subject;
} acme_c_provider;

static bool same(mcp_auth_str a, mcp_auth_str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The first word of a space-separated list, which is shortened by it; empty at the end. */
static mcp_auth_str next_word(mcp_auth_str* list) {
    while (list->len > 0 && *list->ptr == ' ') {
        ++list->ptr;
        --list->len;
    }
    mcp_auth_str word = {list->ptr, 0};
    while (list->len > 0 && *list->ptr != ' ') {
        ++word.len;
        ++list->ptr;
        --list->len;
    }
    return word;
}

/* Whether every scope of `wanted` is among `granted`. */
static bool covers(mcp_auth_str granted, mcp_auth_str wanted) {
    for (mcp_auth_str word = next_word(&wanted); word.len > 0; word = next_word(&wanted)) {
        mcp_auth_str rest = granted, have = next_word(&rest);
        while (have.len > 0 && !same(have, word)) have = next_word(&rest);
        if (have.len == 0) return false;
    }
    return true;
}

/* The peer's struct begins with its size: of a shorter one, which an older host has, nothing more
 * is read or written. */
static void copy_sized(void* to, const void* from, size_t size, uint32_t size_of_peers) {
    memcpy(to, from, size < size_of_peers ? size : size_of_peers);
}

static mcp_auth_failure failure_of(mcp_auth_status status, mcp_auth_str leg, mcp_auth_str message) {
    const mcp_auth_failure failure = {
        .struct_size = sizeof failure, .status = status, .leg = leg, .message = message};
    return failure;
}

static mcp_auth_status failed(mcp_auth_call* call, const mcp_auth_results* results,
                              mcp_auth_status status, mcp_auth_str message) {
    const mcp_auth_failure failure = failure_of(status, MCP_AUTH_LIT("redemption"), message);
    results->failed(call, &failure);
    return status;
}

/* Runs on any thread, on several at once. A service that failed has told the host why: its status
 * is all there is to return. */
static mcp_auth_status acquire(mcp_auth_provider* self, mcp_auth_call* call,
                               const mcp_auth_token_request* asked,
                               const mcp_auth_results* results) {
    const acme_c_provider* mine = (const acme_c_provider*)self;
    const mcp_auth_str grant =
        MCP_AUTH_LIT("urn:ietf:params:oauth:grant-type:jwt-bearer"); /* HERE */

    mcp_auth_token_request request = {0};
    copy_sized(&request, asked, sizeof request, asked->struct_size);

    /* Who we are there; the host registers us, if it has to. */
    const mcp_auth_client_request who = {
        .struct_size = sizeof who, .name = MCP_AUTH_LIT("mcp"), .grant_types = grant};
    mcp_auth_client client = {.struct_size = sizeof client};
    mcp_auth_status status = mine->oauth->client(call, &who, &client, NULL);
    if (status != MCP_AUTH_OK) return status;

    if (!same(client.issuer, request.issuer)) /* it would be shown to the wrong server */
        return failed(
            call, results, MCP_AUTH_MISCONFIGURED,
            MCP_AUTH_LIT(
                "client mcp belongs to another server than the connection's authorization server"));

    /* The host holds the user's assertion, renews it, and wipes it when the call ends. */
    mcp_auth_subject user = {.struct_size = sizeof user};
    status = mine->subject->get(call, MCP_AUTH_LIT(MCP_AUTH_TYPE_JWT), &user, NULL); /* HERE */
    if (status != MCP_AUTH_OK) return status;

    mcp_auth_field fields[4] = {/* HERE: what your server wants to be told */
                                {MCP_AUTH_LIT("grant_type"), grant},
                                {MCP_AUTH_LIT("assertion"), user.assertion}};
    size_t count = 2;
    if ((request.flags & MCP_AUTH_REQUEST_OMIT_RESOURCE) == 0)
        fields[count++] = (mcp_auth_field){MCP_AUTH_LIT("resource"), request.resource};
    if (request.scope.len > 0)
        fields[count++] = (mcp_auth_field){MCP_AUTH_LIT("scope"), request.scope};
    /* The host picks the endpoint, authenticates the client, and sends. */
    mcp_auth_token_response answer = {.struct_size = sizeof answer};
    status =
        mine->oauth->token_request(call, who.name, (mcp_auth_fields){fields, count}, &answer, NULL);
    if (status != MCP_AUTH_OK) return status;

    /* RFC 6749 5.1: a scope that is not mentioned is the one that was asked for. */
    const mcp_auth_str granted = answer.scope.len > 0 ? answer.scope : request.scope;
    if (request.reason == MCP_AUTH_REASON_INSUFFICIENT_SCOPE && !covers(granted, request.scope))
        return failed(
            call, results, MCP_AUTH_DENIED,
            MCP_AUTH_LIT(
                "the authorization server does not grant all that the MCP server demands"));
    const mcp_auth_token token = {.struct_size = sizeof token,
                                  .access_token = answer.access_token,
                                  .token_type = answer.token_type,
                                  .scope = granted,
                                  .expires_at = answer.expires_at};
    results->token(call, &token);
    return MCP_AUTH_OK;
}

static const void* extension(mcp_auth_provider* self, mcp_auth_str id) {
    static const mcp_auth_token_role_v1 token_role = {acquire};
    (void)self;
    return same(id, MCP_AUTH_LIT(MCP_AUTH_ROLE_TOKEN)) ? &token_role : NULL;
}

static void destroy(mcp_auth_provider* self) {
    free(self);
}

static mcp_auth_status not_created(mcp_auth_failure* failure, mcp_auth_status status,
                                   mcp_auth_str message) {
    mcp_auth_failure said = failure_of(status, MCP_AUTH_LIT("provider"), message);
    if (failure) {
        const uint32_t size = failure->struct_size;
        said.struct_size = size;
        copy_sized(failure, &said, sizeof said, size);
    }
    return status;
}

/* One provider for each entry of "providers". Fails early for what only a person can mend. */
static mcp_auth_status create(const mcp_auth_host* host, const mcp_auth_instance* instance,
                              mcp_auth_provider** provider, mcp_auth_failure* failure) {
    const void* oauth = host->service(host, MCP_AUTH_LIT(MCP_AUTH_SERVICE_OAUTH));
    const void* subject = host->service(host, MCP_AUTH_LIT(MCP_AUTH_SERVICE_SUBJECT));
    acme_c_provider* mine = NULL;
    (void)instance; /* HERE: instance->settings, a JSON object; this one has none */
    *provider = NULL;
    if (!oauth || !subject)
        return not_created(failure, MCP_AUTH_MISCONFIGURED,
                           MCP_AUTH_LIT("the host lacks mcp.auth.oauth/1 or mcp.auth.subject/1"));
    mine = malloc(sizeof *mine);
    if (!mine) return not_created(failure, MCP_AUTH_INTERNAL, MCP_AUTH_LIT("out of memory"));
    *mine = (acme_c_provider){{extension, destroy}, oauth, subject};
    *provider = &mine->base;
    return MCP_AUTH_OK;
}

const mcp_auth_plugin* mcp_auth_plugin_entry_v1(void) {
    /* In a constant the macro MCP_AUTH_LIT is no constant expression; its braces are. */
    static const mcp_auth_plugin plugin = {sizeof plugin,
                                           MCP_AUTH_ABI_MINOR,
                                           {"acme_c", sizeof "acme_c" - 1},
                                           {"1.0.0", sizeof "1.0.0" - 1},
                                           {MCP_AUTH_ROLE_TOKEN, sizeof MCP_AUTH_ROLE_TOKEN - 1},
                                           create};
    return &plugin;
}
