#!/bin/sh
# sh tests/run.sh [STEP...] - installs what is missing, builds, and runs every test.
#
# Without a step: what CI runs, which is --release --asan --package --conformance --sso --lint.
#   --release      release build (g++) and its tests          --quick means the same
#   --asan         address and undefined behaviour sanitizers (clang++), all tests
#   --tsan         thread sanitizer (clang++), all tests
#   --package      the .deb, unpacked: templates, plugins and an application built against it alone
#   --conformance  the public conformance suite against the release build
#   --sso          single sign-on in headless Chromium, at two identity providers
#   --lint         clang-format of every file, clang-tidy of what ships (host, plugins, command)
#   --tidy         clang-tidy of every file, which takes half an hour the first time
#   --analyze      clang's path analysis
#   --fuzz         each fuzzer for a few seconds (tests/fuzz/run.sh)
#   --all          all of these
# A failed step hides no later one. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1

steps=
for argument in "$@"; do
    case $argument in
    --quick) steps="$steps release" ;;
    --release | --asan | --tsan | --package | --conformance | --sso | --lint | --tidy | --analyze | --fuzz) steps="$steps ${argument#--}" ;;
    --all) steps="release asan tsan package conformance sso lint tidy analyze fuzz" ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
done
[ -n "$steps" ] || steps="release asan package conformance sso lint"

passed=0
failed=0
summary=
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# count NAME PASSED FAILED
count() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    summary="$summary$(printf '%-28s %6d passed %4d failed %5d s' "$1" "$2" "$3" $(($(date +%s) - began)))
"
}

begin() {
    began=$(date +%s)
    printf '\n== %s\n' "$1"
}

test_preset() {
    preset=$1
    begin "$preset: build"
    if ! sh .setup/build.sh "$preset"; then
        count "$preset build" 0 1
        return
    fi
    begin "$preset: tests"
    status=0
    ctest --preset "$preset" >"$log" 2>&1 || status=$?
    # Of what passed, one line each says nothing.
    sed '/^ *Start *[0-9]*: /d; /^ *[0-9]*\/[0-9]* Test *#.* Passed *[0-9.]* sec/d' "$log"
    # A block a CTest test: as many as GoogleTest counts in it, or one.
    counts=$(awk '
        /^[0-9]+\/[0-9]+ Testing: / { good = bad = said = 0 }
        /^\[  PASSED  \] [0-9]+ test/ { good = $4; said = 1 }
        /^ *[0-9]+ FAILED TEST/ { bad = $1 }
        /^Test Passed\.$/ { passed += said ? good : 1 }
        /^Test (Failed|timed out)/ || /^Test Fail/ { passed += good; failed += bad ? bad : 1 }
        END { print passed + 0, failed + 0 }' "build/$preset/Testing/Temporary/LastTest.log")
    set -- $counts
    if [ "$status" -ne 0 ] && [ "$2" -eq 0 ] || [ "$1" -eq 0 ]; then
        count "$preset tests" "$1" $(($2 + 1))
    else
        count "$preset tests" "$1" "$2"
    fi
}

# check NAME COMMAND...: one command that passes or fails as a whole.
check() {
    name=$1
    shift
    begin "$name"
    if "$@"; then
        count "$name" 1 0
    else
        count "$name" 0 1
    fi
}

# counted NAME SCRIPT TARGET...: a script that ends with "checks: N passed, N failed", and what it
# runs; the release step, where it ran, has built that already. Without a TARGET the script builds.
counted() {
    name=$1
    script=$2
    shift 2
    begin "$name"
    if [ $# -gt 0 ] && ! sh .setup/build.sh release "$@"; then
        count "$name build" 0 1
        return
    fi
    sh "$script" 2>&1 | tee "$log"
    good=$(sed -n 's/^checks: \([0-9]*\) passed, [0-9]* failed$/\1/p' "$log")
    bad=$(sed -n 's/^checks: [0-9]* passed, \([0-9]*\) failed$/\1/p' "$log")
    if [ "${good:-0}" -eq 0 ] && [ "${bad:-0}" -eq 0 ]; then
        bad=1
    fi
    count "$name checks" "${good:-0}" "$bad"
}

if ! sh .setup/install.sh tests; then
    echo "0 passed, 1 failed"
    exit 1
fi
for step in $steps; do
    case $step in
    release | asan | tsan) test_preset "$step" ;;
    package) counted package tests/package/run.sh installed ;;
    conformance) counted conformance tests/conformance/run.sh mcp-auth cross_app_access conformance_client ;;
    sso) counted "single sign-on" tests/sso/run.sh mcp-auth cross_app_access ;;
    lint)
        check "clang-format" sh tests/lint.sh format
        check "clang-tidy" sh tests/lint.sh together \
            '/build/asan/(host_stub/(host|mcp|cli|validate)|plugins)/|/(host_stub/(host|mcp|cli|validate)/src|plugins/[a-z_]+)/[a-z_]+\.cpp$'
        ;;
    fuzz) counted fuzz tests/fuzz/run.sh ;;
    tidy) check "clang-tidy, all files" sh tests/lint.sh tidy ;;
    analyze) check "clang's path analysis" sh tests/lint.sh analyze ;;
    esac
done

printf '\n%s\n%d passed, %d failed\n' "$summary" "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
