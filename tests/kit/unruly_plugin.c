#include "unruly_plugin.h"

#include <stdlib.h>
#include <string.h>

typedef struct unruly {
    mcp_auth_provider base;
    const mcp_auth_host* host;
    char order[64];
    mcp_auth_call* former_call;
    mcp_auth_str former_memory;
} unruly;

static mcp_auth_str text(const char* literal) {
    mcp_auth_str all;
    all.ptr = literal;
    all.len = strlen(literal);
    return all;
}

static int ordered(const unruly* self, const char* order) {
    return strcmp(self->order, order) == 0;
}

static void give_token(mcp_auth_call* call, const mcp_auth_results* results, mcp_auth_str bytes) {
    mcp_auth_token token;
    memset(&token, 0, sizeof token);
    token.struct_size = sizeof token;
    token.access_token = bytes;
    token.token_type = text("Bearer");
    results->token(call, &token);
}

static void give_failure(mcp_auth_call* call, const mcp_auth_results* results,
                         mcp_auth_status status, const char* message) {
    mcp_auth_failure failure;
    memset(&failure, 0, sizeof failure);
    failure.struct_size = sizeof failure;
    failure.status = status;
    failure.leg = text("exchange");
    failure.message = text(message);
    results->failed(call, &failure);
}

static mcp_auth_status fetch(unruly* self, mcp_auth_call* call, mcp_auth_str* bytes,
                             mcp_auth_fields fields) {
    const mcp_auth_oauth_v1* oauth = (const mcp_auth_oauth_v1*)self->host->service(
        self->host, MCP_AUTH_LIT(MCP_AUTH_SERVICE_OAUTH));
    mcp_auth_token_response response;
    mcp_auth_status status;
    memset(&response, 0, sizeof response);
    if (!ordered(self, "no struct_size")) response.struct_size = sizeof response;
    status = oauth->token_request(call, text("mcp"), fields, &response, NULL);
    *bytes = response.access_token;
    return status;
}

static mcp_auth_status acquire(mcp_auth_provider* base, mcp_auth_call* call,
                               const mcp_auth_token_request* request,
                               const mcp_auth_results* results) {
    unruly* self = (unruly*)base;
    mcp_auth_field secret = {{"client_secret", 13}, {"guessed", 7}};
    mcp_auth_fields fields = {NULL, 0};
    mcp_auth_str bytes = {NULL, 0};
    mcp_auth_status status;
    (void)request;

    if (ordered(self, "ok without a token")) return MCP_AUTH_OK;
    if (ordered(self, "fail without a word")) return MCP_AUTH_DENIED;
    if (ordered(self, "unknown status")) return 77u;
    if (ordered(self, "fail and say otherwise")) {
        give_failure(call, results, MCP_AUTH_UNAVAILABLE, "busy");
        return MCP_AUTH_DENIED;
    }
    if (ordered(self, "fail twice")) {
        give_failure(call, results, MCP_AUTH_DENIED, "no");
        give_failure(call, results, MCP_AUTH_DENIED, "no");
        return MCP_AUTH_DENIED;
    }
    if (ordered(self, "fail with ok")) {
        give_failure(call, results, MCP_AUTH_OK, "fine");
        return MCP_AUTH_DENIED;
    }
    if (ordered(self, "assertion for a token")) {
        mcp_auth_assertion assertion;
        memset(&assertion, 0, sizeof assertion);
        assertion.struct_size = sizeof assertion;
        assertion.assertion = text("abc");
        results->assertion(call, &assertion);
        return MCP_AUTH_OK;
    }
    if (ordered(self, "empty token")) {
        give_token(call, results, bytes);
        return MCP_AUTH_OK;
    }
    if (ordered(self, "not utf-8")) {
        give_token(call, results, text("\xC0\xAF"));
        return MCP_AUTH_OK;
    }
    if (ordered(self, "former call") && self->former_call) {
        return fetch(self, self->former_call, &bytes, fields);
    }
    if (ordered(self, "former sink") && self->former_call) {
        give_token(self->former_call, results, text("abc"));
        return MCP_AUTH_OK;
    }
    if (ordered(self, "former memory") && self->former_memory.len > 0) {
        give_token(call, results, self->former_memory);
        return MCP_AUTH_OK;
    }
    if (ordered(self, "no call")) return fetch(self, NULL, &bytes, fields);
    if (ordered(self, "client authentication")) {
        fields.ptr = &secret;
        fields.count = 1;
    }

    status = fetch(self, call, &bytes, fields);
    if (status != MCP_AUTH_OK) return status;
    self->former_call = call;
    self->former_memory = bytes;
    give_token(call, results, bytes);
    if (ordered(self, "token twice")) give_token(call, results, bytes);
    if (ordered(self, "token and failure")) {
        give_failure(call, results, MCP_AUTH_DENIED, "no");
        return MCP_AUTH_DENIED;
    }
    return MCP_AUTH_OK;
}

static const mcp_auth_token_role_v1 token_role = {acquire};

static const void* extension(mcp_auth_provider* base, mcp_auth_str id) {
    const unruly* self = (const unruly*)base;
    if (ordered(self, "any role")) return &token_role;
    if (id.len == strlen(MCP_AUTH_ROLE_TOKEN) && memcmp(id.ptr, MCP_AUTH_ROLE_TOKEN, id.len) == 0)
        return &token_role;
    return NULL;
}

static void destroy(mcp_auth_provider* base) {
    free(base);
}

static mcp_auth_status create(const mcp_auth_host* host, const mcp_auth_instance* instance,
                              mcp_auth_provider** provider, mcp_auth_failure* failure) {
    unruly* self;
    mcp_auth_str order = instance->settings; /* the order alone: this plugin has no JSON reader */
    *provider = NULL;
    if (order.len == 12 && memcmp(order.ptr, "create fails", 12) == 0) {
        failure->status = MCP_AUTH_DENIED;
        return MCP_AUTH_MISCONFIGURED;
    }
    if (order.len == 14 && memcmp(order.ptr, "create nothing", 14) == 0) return MCP_AUTH_OK;
    self = (unruly*)calloc(1, sizeof *self);
    if (!self) return MCP_AUTH_INTERNAL;
    self->base.extension = extension;
    self->base.destroy = destroy;
    self->host = host;
    if (order.len < sizeof self->order) memcpy(self->order, order.ptr, order.len);
    *provider = &self->base;
    return MCP_AUTH_OK;
}

const mcp_auth_plugin* unruly_entry(void) {
    static const mcp_auth_plugin descriptor = {
        sizeof(mcp_auth_plugin),
        MCP_AUTH_ABI_MINOR,
        {"unruly", 6},
        {"1.0.0", 5},
        {MCP_AUTH_ROLE_TOKEN, sizeof(MCP_AUTH_ROLE_TOKEN) - 1},
        create,
    };
    return &descriptor;
}
