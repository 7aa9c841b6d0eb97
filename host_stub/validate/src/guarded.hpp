// Memory behind which nothing is mapped: whoever reads or writes past its end crashes there and
// then, in every build.
#pragma once

#include <cstddef>

namespace mcp_auth::validate {

class Guarded {
public:
    // Throws std::bad_alloc.
    explicit Guarded(std::size_t size);
    Guarded(const void* bytes, std::size_t size);  // a copy
    ~Guarded();
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    void* data() const noexcept { return data_; }
    template <class Type>
    Type* as() const noexcept {
        return static_cast<Type*>(data_);
    }

private:
    void* mapped_ = nullptr;
    void* data_ = nullptr;
    std::size_t length_ = 0;
};

}  // namespace mcp_auth::validate
