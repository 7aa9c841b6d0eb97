// The few functions of libsecret-1 that are used, loaded at run time. Its ABI is stable: the names
// and layouts here are those of its documentation ("Simple API").
#pragma once

#include <mcp_auth/result.hpp>

#include <memory>

namespace mcp_auth::host {

struct LibsecretError {  // GError
    unsigned domain;
    int code;
    char* message;
};

struct LibsecretSchema {  // SecretSchema
    const char* name;
    int flags;
    struct {
        const char* name;
        int type;
    } attributes[32];
    int reserved;
    void* reserved_pointers[7];
};

class Libsecret {
public:
    // Errors: misconfigured, the leg left empty.
    static Result<std::shared_ptr<const Libsecret>> load();

    // Variadic: name and value of each attribute, then a null pointer.
    using Store = int (*)(const LibsecretSchema*, const char* collection, const char* label,
                          const char* secret, void* cancellable, LibsecretError**, ...);
    using Lookup = char* (*)(const LibsecretSchema*, void* cancellable, LibsecretError**, ...);
    using Clear = int (*)(const LibsecretSchema*, void* cancellable, LibsecretError**, ...);

    Store store = nullptr;
    Lookup lookup = nullptr;
    Clear clear = nullptr;
    void (*free_secret)(char*) = nullptr;  // wipes
    void (*free_error)(LibsecretError*) = nullptr;
    void* (*new_cancellable)() = nullptr;
    void (*cancel)(void*) = nullptr;
    void (*unref)(void*) = nullptr;
};

}  // namespace mcp_auth::host
