#include "answers.hpp"

#include "json_schema.hpp"

#include <charconv>

namespace mcp_auth::validate {
namespace {

constexpr std::string_view schema_text = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "description": "an object with \"request\", \"clients\", \"subjects\", \"token_requests\" and \"http\"",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "request": { "type": "object", "description": "members of the request that are texts",
                 "additionalProperties": { "type": "string" } },
    "clients": { "type": "object", "description": "clients by name",
      "additionalProperties": { "type": "object", "additionalProperties": false,
        "description": "an object with \"client_id\", \"issuer\", \"metadata\" and \"dpop_jkt\"",
        "properties": { "client_id": { "type": "string" }, "issuer": { "type": "string" },
                        "metadata": { "type": "object" }, "dpop_jkt": { "type": "string" } } } },
    "subjects": { "type": "object", "description": "the user's assertions by token type",
                  "additionalProperties": { "type": "string" } },
    "token_requests": { "type": "array", "description": "an array of answers",
      "items": { "type": "object", "additionalProperties": false, "required": ["answer"],
        "description": "an object with \"client\", \"grant_type\" and \"answer\"",
        "properties": { "client": { "type": "string" }, "grant_type": { "type": "string" },
                        "answer": { "type": "object" } } } },
    "http": { "type": "array", "description": "an array of answers",
      "items": { "type": "object", "additionalProperties": false, "required": ["body"],
        "description": "an object with \"method\", \"url\", \"status\", \"headers\" and \"body\"",
        "properties": { "method": { "type": "string" }, "url": { "type": "string" },
                        "status": { "type": "integer", "minimum": 100, "maximum": 999 },
                        "headers": { "type": "object", "additionalProperties": { "type": "string" } },
                        "body": {} } } }
  }
})";

// The text with its placeholders filled in.
std::string filled(std::string_view text, testing::FakeHost& host, testing::PlausibleWorld& world) {
    std::string out;
    while (!text.empty()) {
        const std::size_t at = text.find("${");
        out += text.substr(0, at);
        if (at == std::string_view::npos) break;
        text.remove_prefix(at);
        const std::size_t end = text.find('}');
        const std::string_view name = text.substr(2, end == std::string_view::npos ? 0 : end - 2);
        std::int64_t offset = 0;
        if (name == "secret") {
            out += world.secret();
        } else if (name == "now" || name.substr(0, 4) == "now+") {
            if (name.size() > 4)
                (void)std::from_chars(name.data() + 4, name.data() + name.size(), offset);
            out += std::to_string(host.now() + offset);
        } else {  // not ours
            out += "${";
            text.remove_prefix(2);
            continue;
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

bool fits(const json::Value& entry, std::string_view member, std::string_view asked) {
    return entry.find(member) == nullptr || entry.string(member) == asked;
}

template <class Matches>
const json::Value* first_of(const json::Value& document, std::string_view list, Matches matches) {
    const json::Value* entries = document.find(list);
    if (entries == nullptr) return nullptr;
    for (const json::Value& entry : entries->items())
        if (matches(entry)) return &entry;
    return nullptr;
}

}  // namespace

Result<Answers> Answers::parse(std::string_view text, const std::string& origin) {
    const auto schema = host::JsonSchema::parse(schema_text, "the schema of answers");
    if (!schema) return schema.error();
    auto document = json::parse(text);
    if (!document)
        return Error(Status::misconfigured, "validate", origin + ": " + document.error().message);
    if (auto valid = schema->check(*document, origin); !valid) return valid.error();
    Answers answers;
    answers.document_ = *std::move(document);
    return answers;
}

void Answers::apply(testing::FakeHost& host, testing::PlausibleWorld& world) const {
    if (const json::Value* clients = document_.find("clients"))
        for (const json::Member& member : clients->members()) {
            testing::ClientAnswer answer = testing::PlausibleWorld::client(member.name);
            if (member.value.find("client_id")) answer.client_id = member.value.string("client_id");
            if (member.value.find("issuer")) {
                answer.issuer = member.value.string("issuer");
                answer.metadata = testing::PlausibleWorld::metadata_of(answer.issuer);
            }
            if (const auto* metadata = member.value.find("metadata"))
                answer.metadata = metadata->dump();
            answer.dpop_jkt = member.value.string("dpop_jkt");
            host.client(member.name, std::move(answer));
        }
    if (const json::Value* subjects = document_.find("subjects"))
        for (const json::Member& member : subjects->members())
            host.subject(member.name, filled(*member.value.as_string(), host, world),
                         host.now() + 3600);
}

std::optional<testing::TokenAnswer> Answers::token(testing::FakeHost& host,
                                                   testing::PlausibleWorld& world,
                                                   const testing::SentTokenRequest& asked) const {
    const json::Value* entry = first_of(document_, "token_requests", [&](const json::Value& one) {
        return fits(one, "client", asked.client) &&
               fits(one, "grant_type", asked.field("grant_type"));
    });
    if (entry == nullptr) return std::nullopt;
    return testing::TokenAnswer::json(filled(entry->find("answer")->dump(), host, world));
}

std::optional<testing::HttpAnswer> Answers::http(testing::FakeHost& host,
                                                 testing::PlausibleWorld& world,
                                                 const testing::SentHttpRequest& asked) const {
    const json::Value* entry = first_of(document_, "http", [&](const json::Value& one) {
        return fits(one, "method", asked.method) && fits(one, "url", asked.url);
    });
    if (entry == nullptr) return std::nullopt;
    testing::HttpAnswer answer;
    if (const json::Value* status = entry->find("status"))
        answer.status = static_cast<std::uint32_t>(status->as_integer().value_or(200));
    if (const json::Value* headers = entry->find("headers"))
        for (const json::Member& header : headers->members())
            answer.headers.emplace_back(header.name, *header.value.as_string());
    const json::Value& body = *entry->find("body");
    answer.body = filled(body.is_string() ? *body.as_string() : body.dump(), host, world);
    return answer;
}

std::string_view Answers::request(std::string_view member, std::string_view otherwise) const {
    const json::Value* request = document_.find("request");
    return request && request->find(member) ? request->string(member) : otherwise;
}

}  // namespace mcp_auth::validate
