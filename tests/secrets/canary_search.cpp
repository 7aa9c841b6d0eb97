#include "canary_search.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace mcp_auth::secrets {
namespace {

constexpr unsigned short_hash_bits = 22;

static_assert(window_bytes == 2 * sizeof(std::uint64_t));

std::uint64_t hash_at(const char* bytes) {
    std::uint64_t first = 0, second = 0;
    std::memcpy(&first, bytes, sizeof first);
    std::memcpy(&second, bytes + sizeof first, sizeof second);
    std::uint64_t mixed = first * 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 32U) ^ second) * 0xc2b2ae3d27d4eb4fU;
    return mixed ^ (mixed >> 29U);
}
std::size_t short_hash(std::uint64_t hash) {
    return static_cast<std::size_t>(hash >> (64U - short_hash_bits));
}

// "AAAAAAAAAAAAAAAA" is in every process.
bool says_nothing(std::string_view window) {
    return std::set<char>(window.begin(), window.end()).size() < 5;
}

}  // namespace

CanarySearch::CanarySearch(const std::vector<Canary>& canaries, const std::vector<Canary>& held)
    : seen_(1U << short_hash_bits) {
    for (const Canary& canary : canaries) {
        for (const Form& form : forms_of(canary.text)) {
            names_.push_back(canary.name + ", " + form.name);
            for (std::size_t at = 0; at + window_bytes <= form.text.size(); ++at) {
                if (says_nothing(std::string_view(form.text).substr(at, window_bytes))) continue;
                const auto hash = hash_at(form.text.data() + at);
                windows_.emplace(hash, names_.size() - 1);
                seen_[short_hash(hash)] = true;
            }
        }
    }
    for (const Canary& canary : held)
        for (const Form& form : forms_of(canary.text))
            for (std::size_t at = 0; at + window_bytes <= form.text.size(); ++at)
                windows_.erase(hash_at(form.text.data() + at));
}

Findings CanarySearch::in(std::string_view bytes) const {
    Findings findings;
    in(bytes, "", findings);
    return findings;
}

void CanarySearch::in(std::string_view bytes, const std::string& where, Findings& findings) const {
    std::size_t run = 0;
    Found* current = nullptr;
    for (std::size_t at = 0; at + window_bytes <= bytes.size(); ++at) {
        const auto hash = hash_at(bytes.data() + at);
        const auto found = seen_[short_hash(hash)] ? windows_.find(hash) : windows_.end();
        if (found == windows_.end()) {
            run = 0;
            continue;
        }
        if (run++ == 0) {
            current = &findings[where + names_[found->second]];
            ++current->count;
        }
        current->longest = std::max(current->longest, run + window_bytes - 1);
    }
}

std::string describe(const Findings& findings) {
    std::string text;
    for (const auto& [name, found] : findings)
        text += name + ": " + std::to_string(found.count) + " places, up to " +
                std::to_string(found.longest) + " bytes\n";
    return text;
}

}  // namespace mcp_auth::secrets
