#include "demo_story.hpp"

namespace mcp_auth::cli {
namespace {

LegStory leg_story(const AuditEvent& event) {
    const std::string_view leg = event.leg;
    const bool checked = event.event == "checked";
    if (leg == "mcp" && event.event == "challenged")
        return {"no token yet; the server says where its metadata is and which scope it wants", ""};
    if (leg == "resource_metadata")
        return checked ? LegStory{"",
                                  "its resource is the very URL asked; it names an issuer that "
                                  "the configuration allows"}
                       : LegStory{"which authorization servers does it trust? (RFC 9728)", ""};
    if (leg == "server_metadata")
        return checked ? LegStory{"", "the issuer in it is the issuer asked for, to the byte"}
                       : LegStory{"where is its token endpoint, what can it do? (RFC 8414)", ""};
    if (leg == "subject")
        return {"who is the user? an ID token from the sign-in at the identity provider", ""};
    if (leg == "exchange")
        return {"ID token in, ID-JAG out, if the enterprise's policy allows it (RFC 8693)",
                "what kind of token came back"};
    if (leg == "redemption")
        return {"ID-JAG in, access token out (RFC 7523)",
                "a token type that is understood, and a token that can be a header"};
    return {};
}

}  // namespace

LegStory story_of(const AuditEvent& event) {
    switch (event.kind) {
    case AuditEvent::Kind::leg: return leg_story(event);
    case AuditEvent::Kind::outcome:
        if (event.status == Status::ok)
            return {"an access token for this server and scope alone; it is never printed here",
                    ""};
        return {"no token, and no other, weaker way is tried", ""};
    case AuditEvent::Kind::log:
        if (event.event == "id_token checked")
            return {"before it goes to the identity provider, and to nobody else", ""};
        if (event.event == "id_jag checked")
            return {
                "before it leaves: it is for this user, client, server and authorization server",
                ""};
        return {};
    case AuditEvent::Kind::plugin:
        return {"the authentication plugin, found through its manifest",
                "who owns manifest and library, the library's hash and exports, the contract's "
                "version"};
    }
    return {};
}

}  // namespace mcp_auth::cli
