#include "key_ring.hpp"

namespace mcp_auth::demo {

KeyRing::KeyRing(std::string name)
    : name_(std::move(name)), current_(std::make_shared<const SigningKey>(next_name())) {}

std::string KeyRing::next_name() {
    return name_ + "-" + std::to_string(++made_);
}

std::shared_ptr<const SigningKey> KeyRing::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

void KeyRing::rotate() {
    const std::lock_guard lock(mutex_);
    former_ = current_;
    current_ = std::make_shared<const SigningKey>(next_name());
}

std::string KeyRing::jwks() const {
    const std::lock_guard lock(mutex_);
    Array::Ptr keys = new Array;
    keys->add(current_->jwk());
    if (former_) keys->add(former_->jwk());
    Object set;
    set.set("keys", keys);
    return to_text(set);
}

}  // namespace mcp_auth::demo
