#!/bin/sh
# sh .setup/build.sh PRESET [TARGET...] - configures where that is needed, and builds.
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift

# Ninja configures again by itself when a CMake file has changed; the presets it does not watch.
configured=build/$preset/build.ninja
if [ ! -e "$configured" ] || [ -n "$(find CMakePresets.json -newer "$configured")" ]; then
    cmake --preset "$preset"
fi
cmake --build --preset "$preset" ${1+--target "$@"}
