#!/bin/sh
# sh tests/fuzz/run.sh - runs each fuzzer of the asan build, which has them, for three seconds: a smoke.
# sh tests/fuzz/run.sh SECONDS [TARGET...] - builds the preset fuzz, which is optimised, and runs each
# for SECONDS. Both two at a time.
#
# They begin with corpus/TARGET; what they add goes to build/PRESET/corpus/TARGET, and a finding to
# build/PRESET/findings. Ends with a table and "checks: N passed, N failed", one for each target;
# fails if anything was found.
set -u
cd "$(dirname "$0")/../.." || exit 1

if [ $# -gt 0 ]; then preset=${FUZZ_PRESET-fuzz}; else preset=asan; fi
build=build/$preset
logs=$build/logs

# fuzz TARGET SECONDS: one of them; its output goes to its log. The time of one input is the wall
# clock's, and on a busy machine an honest one has been seen to take six seconds.
fuzz() {
    target=$1
    length=4096
    case $target in
    http_answer | elf_symbols) length=20000 ;;
    esac
    dictionary=tests/fuzz/dictionaries/$target.dict
    [ -e "$dictionary" ] || dictionary=
    mkdir -p "$build/corpus/$target"
    ASAN_OPTIONS=strict_string_checks=1:quarantine_size_mb=32 UBSAN_OPTIONS=print_stacktrace=1 \
        nice -n 10 "$build/bin/fuzz_$target" -max_total_time="$2" -max_len=$length -timeout=30 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/findings/$target-" \
        ${dictionary:+-dict="$dictionary"} "$build/corpus/$target" "tests/fuzz/corpus/$target" \
        >"$logs/$target.log" 2>&1
    echo $? >"$logs/$target.exit"
    return 0
}

# last WORD TARGET: the last number that libFuzzer printed for it.
last() {
    sed -n "s/.* $1: \([0-9]*\).*/\1/p" "$logs/$2.log" | tail -n 1
}

# table TARGET...: of what their logs say; fails if anything was found.
table() {
    passed=0
    failed=0
    printf '\n%-18s %7s %12s %7s %9s %7s  %s\n' target seconds executions edges features corpus findings
    for target in "$@"; do
        log=$logs/$target.log
        if [ "$(cat "$logs/$target.exit" 2>/dev/null)" = 0 ]; then
            passed=$((passed + 1))
            found=none
        else
            failed=$((failed + 1))
            found=$(sed -n 's/.*Test unit written to \(.*\)/\1/p' "$log" | tail -n 1)
            found="${found:-see $log}"
        fi
        spent=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log")
        executions=$(sed -n 's/^stat::number_of_executed_units: *\([0-9]*\)/\1/p' "$log")
        printf '%-18s %7s %12s %7s %9s %7s  %s\n' "$target" "${spent:--}" "${executions:--}" \
            "$(last cov "$target")" "$(last ft "$target")" "$(last corp "$target")" "$found"
        [ "$found" = none ] || grep -m 3 -e 'ERROR:' -e 'runtime error:' -e 'what():' "$log"
    done
    echo "checks: $passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

case ${1-} in
--one)
    fuzz "$3" "$2"
    exit
    ;;
--table) # of an earlier run
    shift
    table "$@"
    exit
    ;;
esac

seconds=${1-3}
[ $# -gt 0 ] && shift
nice -n 5 sh .setup/build.sh "$preset" fuzzer || { echo "checks: 0 passed, 1 failed" && exit 1; }
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)
mkdir -p "$logs" "$build/findings"
for target in "$@"; do
    rm -f "$logs/$target.log" "$logs/$target.exit"
done
printf '%s\n' "$@" | FUZZ_PRESET=$preset xargs -P 2 -n 1 sh tests/fuzz/run.sh --one "$seconds"
table "$@"
