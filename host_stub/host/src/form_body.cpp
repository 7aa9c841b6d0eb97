#include "form_body.hpp"

#include <mcp_auth/form.hpp>

namespace mcp_auth::host {

FormFields copy_of(const FormFields& fields) {
    FormFields copy;
    copy.reserve(fields.size() + 2);  // client authentication adds up to two
    for (const auto& [name, value] : fields) copy.emplace_back(name, value.clone());
    return copy;
}

// Two passes, because a string that grows leaves copies of itself behind.
Secret form_body(const FormFields& fields) {
    FormFields encoded;
    encoded.reserve(fields.size());
    std::size_t size = 0;
    for (const auto& [name, value] : fields) {
        encoded.emplace_back(form_encode(name), Secret(form_encode(value.reveal())));
        size += encoded.back().first.size() + encoded.back().second.size() + 2;
    }
    std::string body;
    body.reserve(size);
    for (const auto& [name, value] : encoded) {
        if (!body.empty()) body += '&';
        body.append(name).append("=").append(value.reveal());
    }
    return Secret(std::move(body));
}

}  // namespace mcp_auth::host
