// The commands: each adds itself to the parser and, if it is the one, leaves what to run.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace mcp_auth::cli {

class Invocation;

using Command = std::function<int(Invocation&)>;  // the exit code

void add_demo(CLI::App& app, Command& chosen);
void add_token(CLI::App& app, Command& chosen);
void add_assertion(CLI::App& app, Command& chosen);
void add_connect(CLI::App& app, Command& chosen);
void add_login(CLI::App& app, Command& chosen);
void add_logout(CLI::App& app, Command& chosen);
void add_whoami(CLI::App& app, Command& chosen);
void add_doctor(CLI::App& app, Command& chosen);
void add_plugins(CLI::App& app, Command& chosen);
void add_sign(CLI::App& app, Command& chosen);
void add_validate(CLI::App& app, Command& chosen);

}  // namespace mcp_auth::cli
