#!/bin/sh
# sh complete.sh CC INCLUDE_DIRECTORY - that layout.c, constants.cpp and witness.c leave out nothing of
# the headers, and name nothing that is not there.
set -eu
LC_ALL=C
export LC_ALL
cc=$1 include=$2
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo '#include <mcp_auth/abi.h>' >"$work/abi.c"

# "STRUCT" and "STRUCT MEMBER", one a line.
"$cc" -E -P -I"$include" "$work/abi.c" | tr '\n' ' ' | tr -s ' ' |
    grep -o 'struct mcp_auth_[a-z0-9_]* {[^}]*}' |
    awk '{
        name = $2
        print name > structs
        sub(/^[^{]*\{/, ""); sub(/\}$/, "")
        count = split($0, declarations, ";")
        for (i = 1; i <= count; i++) {
            declaration = declarations[i]
            if (match(declaration, /\(\*[a-z0-9_]+\)/))
                member = substr(declaration, RSTART + 2, RLENGTH - 3)
            else if (match(declaration, /[a-z0-9_]+ *$/)) {
                member = substr(declaration, RSTART)
                sub(/ *$/, "", member)
            } else
                continue
            print name " " member > members
        }
    }' structs="$work/structs" members="$work/members"

# Constants: what these headers define to a number or a text.
"$cc" -E -dM -I"$include" "$work/abi.c" |
    sed -nE 's/^#define (MCP_AUTH_[A-Z0-9_]+) ("|[0-9]).*/\1/p' >"$work/constants"

# `names` FILE MACRO...: the macros' first arguments, for AT the first two.
names() {
    file=$1
    shift
    for macro in "$@"; do
        tr '\n' ' ' <"$here/$file" | tr -s ' ' | grep -o " $macro([A-Za-z0-9_]*, [A-Za-z0-9_]*\| $macro([A-Za-z0-9_]*" |
            sed "s/^ $macro(//" | if [ "$macro" = AT ]; then tr -d ','; else sed 's/,.*//'; fi
    done | grep -v -e '^TYPE' -e '^NAME' | sort
}

failed=0
same() {
    sort "$work/$1" >"$work/there"
    if [ ! -s "$work/there" ]; then
        echo "$1: none found in the headers" && failed=1
    elif ! diff "$work/there" "$work/listed" >"$work/diff"; then
        echo "$1: the headers (<) and $2 (>) differ"
        cat "$work/diff"
        failed=1
    fi
}
names layout.c SIZE >"$work/listed" && same structs layout.c
names layout.c AT >"$work/listed" && same members layout.c
names witness.c WITNESS >"$work/listed" && same structs witness.c
names constants.cpp IS READS >"$work/listed" && same constants constants.cpp
exit $failed
