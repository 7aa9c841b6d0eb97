#!/bin/sh
# sh compare.sh EXPECTED BASELINE WITNESS - what abidiff says of a witness, by the rules of the
# versioning policy (plugin_api/README.md): same, grown, or broken. Fails if it is not EXPECTED.
#
# grown: data structs (struct_size comes first) have new members behind all the old ones, or there
# are new tables. Anything else is broken. libabigail's own verdict is of no use here: to it, a longer
# function table is like a longer data struct, and a suppression of "inserted at the end" suppresses
# other changes of the same struct too.
#
# sh compare.sh --baseline WITNESS - the baseline of it, on stdout.
set -eu
LC_ALL=C
export LC_ALL
command -v abidiff >/dev/null || {
    echo "abidiff is missing: sh .setup/install.sh tests" >&2
    exit 1
}
if [ "$1" = --baseline ]; then
    abidw --no-comp-dir-path --no-corpus-path --no-show-locs --no-elf-needed --type-id-style hash "$2" |
        sed "s|<abi-instr \(.*\) path='[^']*'|<abi-instr \1|"
    exit
fi
expected=$1 baseline=$2 witness=$3
report=$(mktemp)
trap 'rm -f "$report"' EXIT

code=0
abidiff "$baseline" "$witness" >"$report" 2>&1 || code=$?
case $code in
0) verdict=same ;;
4 | 8 | 12)
    # Each changed type once, with its own changes alone.
    code=0
    abidiff --leaf-changes-only "$baseline" "$witness" >"$report" 2>&1 || code=$?
    case $code in 0 | 4 | 8 | 12) ;; *) cat "$report" && exit 1 ;; esac
    verdict=$(awk '
        # First the baseline, for the structs that may grow.
        FNR == NR {
            if (match($0, /<class-decl name=.[a-z0-9_]+/))
                name = substr($0, RSTART + 18, RLENGTH - 18)
            if (/layout-offset-in-bits=.0./) first = 1
            if (/<var-decl/) {
                if (first && /name=.struct_size./) growing[name] = 1
                first = 0
            }
            next
        }
        /^$/ || /^Leaf changes summary:/ || /^Changed leaf types summary:/ { next }
        /^Removed\/Changed\/Added / { if ($0 !~ /: 0 Removed, 0 Changed, /) broken = 1; next }
        /^[0-9]+ Added functions?:$/ || /^  \[A\] / { seen = 1; next }
        /^.struct mcp_auth_[a-z0-9_]*. changed:$/ {
            name = substr($2, 1, length($2) - 1)
            if (!growing[name]) broken = 1
            seen = 1
            next
        }
        /^  type size changed from [0-9]+ to [0-9]+ \(in bits\)$/ { end = $5; next }
        /^  [0-9]+ data member insertions?:$/ { next }
        match($0, /^    .*, at offset [0-9]+ \(in bits\)/) {
            at = substr($0, 1, RLENGTH)
            sub(/ \(in bits\)$/, "", at); sub(/.* /, "", at)
            if (at + 0 < end + 0) broken = 1
            next
        }
        { broken = 1 }
        END { print broken || !seen ? "broken" : "grown" }' "$baseline" "$report")
    ;;
*)
    cat "$report"
    exit 1
    ;;
esac
[ "$verdict" = "$expected" ] && echo "$verdict" && exit
echo "expected $expected, but the ABI is $verdict:"
cat "$report"
exit 1
