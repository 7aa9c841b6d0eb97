#!/bin/sh
# sh tests/package/run.sh - makes the .deb of the release build, unpacks it into a temporary directory,
# and builds there, against it alone, what others would: plugins from the templates (g++, clang++, libc++,
# C, Rust; CMake and pkg-config) and an application that embeds the library. Each plugin gets a token in
# the demo enterprise. Nothing is installed on this machine, and nothing of this tree is in reach: what
# is built is copied first. The last line is "checks: N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
tree=$PWD
work=$(mktemp -d)
output=$work/output
demo=
passed=0
failed=0
skipped=0
finish() {
    [ -z "$demo" ] || kill "$demo" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# check NAME COMMAND...: one check; what the command says is shown when it fails.
check() {
    name=$1
    shift
    if "$@" >"$output" 2>&1; then
        passed=$((passed + 1))
        echo "  ok    $name"
    else
        failed=$((failed + 1))
        echo "  FAIL  $name"
        sed 's/^/        /' "$output" | tail -n 60
    fi
    cd "$tree" || exit 1
}
skip() {
    skipped=$((skipped + 1))
    echo "  skip  $1: $2"
}
end() {
    echo "checks: $passed passed, $failed failed"
    [ "$skipped" -eq 0 ] || echo "        $skipped skipped"
    exit $((failed > 0))
}

# The user of these checks has no files of their own, and the package's command is the only one.
mkdir "$work/home"
unset MCP_AUTH_CONFIG MCP_AUTH_PLUGIN_PATH MCP_AUTH_ADD_PLUGIN_PATH CPLUS_INCLUDE_PATH C_INCLUDE_PATH
real_home=${HOME-}
export HOME="$work/home" XDG_CONFIG_HOME="$work/home/config" XDG_STATE_HOME="$work/home/state"
prefix=$work/unpacked/usr
command=$prefix/bin/mcp-auth

. tests/package/contents.sh
. tests/package/documented.sh
. tests/package/in_the_demo.sh
. tests/package/plugins.sh
. tests/package/embedding.sh

echo "the package"
check "cpack makes a .deb" cpack --config build/release/CPackConfig.cmake -G DEB -B "$work/deb"
deb=$(echo "$work"/deb/mcp-auth_*.deb)
check "it can be unpacked" dpkg-deb -x "$deb" "$work/unpacked"
[ -x "$command" ] || end
libraries=$(dirname "$(find "$prefix/lib" -name libmcp_auth_host.so.0)")
contents
echo "the manual page and the completion"
documented
check "the demo enterprise starts" start_demo
[ -s "$work/demo/config.json" ] || end
echo "plugins"
plugins
echo "an application"
embedding
end
