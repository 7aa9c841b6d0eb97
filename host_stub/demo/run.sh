#!/bin/sh
# sh host_stub/demo/run.sh [ARGUMENT...] - installs what is missing, builds what the demo needs,
# and runs `mcp-auth demo ARGUMENT...`. Progress goes to stderr, so stdout is the demo's alone.
set -eu
cd "$(dirname "$0")/../.."

sh .setup/install.sh demo
# Ninja configures again by itself when a CMake file has changed; the presets it does not watch.
if [ ! -e build/release/build.ninja ] || [ CMakePresets.json -nt build/release/build.ninja ]; then
    cmake --preset release >&2
fi
cmake --build --preset release --target mcp-auth cross_app_access >&2
exec build/release/bin/mcp-auth demo "$@"
