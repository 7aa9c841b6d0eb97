#!/bin/sh
# sh host_stub/demo/run.sh [ARGUMENT...] - installs what is missing, builds what the demo needs,
# and runs `mcp-auth demo ARGUMENT...`. Progress goes to stderr, so stdout is the demo's alone.
set -eu
cd "$(dirname "$0")/../.."

sh .setup/install.sh demo
sh .setup/build.sh release mcp-auth cross_app_access >&2
exec build/release/bin/mcp-auth demo "$@"
