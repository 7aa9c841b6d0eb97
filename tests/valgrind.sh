#!/bin/sh
# sh tests/valgrind.sh [PATTERN] - the CTest executables of the release build (whose names match) under
# valgrind's memcheck: uses of what was never set or is freed, and leaks. Each runs all its tests in one
# process, two at a time. Takes half an hour on 2 cores; the asan step of run.sh is the quick way.
set -eu
cd "$(dirname "$0")/.."

if [ "${1:-}" = --one ]; then
    name=$(basename "$2")
    log=build/valgrind/$name.log
    # What a test excludes, and why, is said in valgrind.exclusions: NAME FILTER # reason
    filter=$(sed -n "s/^$name  *\([^ #]*\).*/\1/p" tests/valgrind.exclusions | paste -s -d: -)
    began=$(date +%s)
    status=0
    MCP_AUTH_SLOW=1 MCP_AUTH_WIRE_PLACES=1 RACE_REPETITIONS=10 \
        valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
        --fair-sched=yes --num-callers=40 --child-silent-after-fork=yes --suppressions=tests/valgrind.supp \
        "$2" "--gtest_filter=*${filter:+-$filter}" >"$log" 2>&1 || status=$?
    good=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log")
    bad=$(sed -n 's/^ *\([0-9]*\) FAILED TEST.*/\1/p' "$log")
    complaints=$(grep '^==[0-9]*== [A-Z]' "$log" | grep -vc Warning: || true)
    printf '%-36s %5s passed %3s failed %3s complaints %5d s  exit %s\n' \
        "$name" "${good:-0}" "${bad:-0}" "$complaints" $(($(date +%s) - began)) "$status"
    exit 0
fi

sh .setup/install.sh tests
sh .setup/install.sh valgrind
sh .setup/build.sh release
mkdir -p build/valgrind
table=build/valgrind/table
# Largest first would end soonest; by name is easier to read, and costs minutes.
ctest --preset release -N -V |
    sed -n 's/^[0-9]*: Test command: "\{0,1\}\([^ "]*\/bin\/[a-z_]*_test\)"\{0,1\}.*/\1/p' | sort -u |
    { grep -E -- "${1:-.}" || true; } | xargs -n 1 -P 2 sh tests/valgrind.sh --one | tee "$table"
passed=$(awk '$3 == "passed" && $NF == 0 { n += $2 } END { print n + 0 }' "$table")
failed=$(awk '$NF != 0 { n += $4 + ($6 > 0) + ($4 + $6 == 0) } END { print n + 0 }' "$table")
echo "checks: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
