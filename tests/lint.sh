#!/bin/sh
# sh tests/lint.sh format       is every file as .clang-format says?
# sh tests/lint.sh tidy [PATTERN]  does clang-tidy find nothing (in files whose path matches)?
# sh tests/lint.sh together [PATTERN]  the same of the translation units that build/asan compiles, eight
#                               files in most: half the time, and blind to what one file hides from another
# sh tests/lint.sh analyze [PATTERN]  and clang's path analysis, which takes as long again?
#
# clang-tidy takes seconds a file, so what passed is remembered by the hash of what was read: the
# preprocessed text with its comments, the checks, and the tool's version. Nothing else is trusted.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
database=build/${LINT_DATABASE:=lint} # clang, file by file
export LINT_DATABASE
passed=${XDG_CACHE_HOME:-${HOME:-$root/build}/.cache}/mcp-auth/clang-tidy

# The command of compile_commands.json that compiles $1, as a shell would run it.
command_of() {
    awk -v file="\"file\": \"$1\"" '/"command":/ { command = $0 } index($0, file) { print command; exit }' \
        "$database/compile_commands.json" | sed 's/^ *"command": "//; s/",$//; s/\\\(.\)/\1/g'
}

# tidy_file FILE [OPTION OF CLANG-TIDY]
tidy_file() {
    preprocess=$(command_of "$1" | sed 's/ -o [^ ]* -c / -E -P -C /')
    key=$({
        clang-tidy --version
        cat .clang-tidy tests/.clang-tidy
        echo "${1#"$root"} ${2-}"
        (cd "$database" && eval "$preprocess") | sed "s#$root##g"
    } | sha256sum | cut -d' ' -f1)
    [ -e "$passed/$key" ] && return
    if clang-tidy --quiet -p "$database" ${2+"$2"} "$1" >"$passed/$key.$$" 2>&1; then
        mv "$passed/$key.$$" "$passed/$key"
    else
        # The count of suppressed warnings that it prints for every file is noise.
        sed '/ warnings\{0,1\} .*generated\.$/d; /^[0-9]* warnings\{0,1\} treated as error/d' "$passed/$key.$$"
        rm "$passed/$key.$$"
        return 1
    fi
}

case ${1-} in
format)
    wrong=$(find plugin_api plugins host_stub tests -name node_modules -prune -o \
        \( -name '*.cpp' -o -name '*.hpp' -o -name '*.c' -o -name '*.h' \) \
        -exec clang-format --dry-run -Werror {} + 2>&1 | sed -n 's/:[0-9]*:[0-9]*: error: .*//p' | sort -u)
    [ -z "$wrong" ] && exit
    printf '%s\n' "not as clang-format -i would write it:" "$wrong"
    exit 1
    ;;
together)
    LINT_DATABASE=asan exec sh tests/lint.sh tidy "${2-}" --checks=-bugprone-suspicious-include
    ;;
tidy | analyze)
    [ "$1" = tidy ] || set -- analyze "${2-}" '--checks=-*,clang-analyzer-*'
    mkdir -p "$passed"
    find "$passed" -type f -mtime +30 -delete
    cmake --preset "$LINT_DATABASE" >"$passed/configured.$$" || cat "$passed/configured.$$" >&2
    rm "$passed/configured.$$"
    sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$database/compile_commands.json" |
        grep -E -- "${2-}" | sort -u |
        xargs -I {} -P "$(nproc)" sh tests/lint.sh file {} ${3+"$3"}
    ;;
file)
    shift
    tidy_file "$@"
    ;;
*)
    echo "usage: sh tests/lint.sh format | tidy [PATTERN] | together [PATTERN] | analyze [PATTERN]" >&2
    exit 2
    ;;
esac
