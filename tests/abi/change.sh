#!/bin/sh
# sh change.sh EXPECTED CC INCLUDE_DIRECTORY BASELINE HEADER SED - what compare.sh says of the headers
# with one change, made by a sed script to abi/HEADER or to witness.c. EXPECTED may also be
# `incomplete` (complete.sh must notice) or `refused` (layout.c must not compile).
set -eu
expected=$1 cc=$2 include=$3 baseline=$4 header=$5 change=$6
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$include/mcp_auth" "$work/"
cp "$here/witness.c" "$work/"
changed="$work/mcp_auth/abi/$header"
[ "$header" != witness.c ] || changed="$work/witness.c"
cp "$changed" "$work/before"
sed -i "$change" "$changed"
if cmp -s "$work/before" "$changed"; then
    echo "the change changes nothing in $header: $change"
    exit 1
fi
case $expected in
incomplete)
    sh "$here/complete.sh" "$cc" "$work" && exit 1
    exit 0
    ;;
refused)
    "$cc" -std=c11 -fsyntax-only -I"$work" "$here/layout.c" && exit 1
    exit 0
    ;;
esac
"$cc" -std=c11 -g -shared -fPIC -fvisibility=hidden -I"$work" "$work/witness.c" -o "$work/witness.so"
sh "$here/compare.sh" "$expected" "$baseline" "$work/witness.so"
