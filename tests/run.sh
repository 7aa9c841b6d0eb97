#!/bin/sh
# sh tests/run.sh [STEP...] - installs what is missing, builds, and runs every test.
#
# Without a step: what CI runs, which is --outside --inside --package --conformance --sso --lint --fuzz.
#   --outside      release build (g++): what ships, and the rooms that judge it from outside
#   --inside       asan build (clang++): what ships, and the rooms that look inside or attack it. These two
#                  have every test once
#   --release      release build (g++), all tests             --quick means the same
#   --asan         address and undefined behaviour sanitizers (clang++), all tests
#   --tsan         thread sanitizer (clang++), all tests
#   --package      the .deb, unpacked: templates, plugins and an application built against it alone
#   --conformance  the public conformance suite against the release build
#   --sso          single sign-on in headless Chromium, at two identity providers
#   --lint         clang-format of every file, clang-tidy of what ships (host, plugins, command)
#   --tidy         clang-tidy of every file, which takes half an hour the first time
#   --analyze      clang's path analysis
#   --fuzz         each fuzzer for three seconds (tests/fuzz/run.sh)
#   --all          all of these
# A failed step hides no later one. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1

steps=
add() {
    for step in "$@"; do
        case " $steps " in
        *" $step "*) ;;
        *) steps="$steps $step" ;;
        esac
    done
}
for argument in "$@"; do
    case $argument in
    --quick) add release ;;
    --outside | --inside | --release | --asan | --tsan | --package | --conformance | --sso | --lint | --tidy | --analyze | --fuzz) add "${argument#--}" ;;
    --all) add release asan tsan package conformance sso lint tidy analyze fuzz ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
done
[ -n "$steps" ] || add outside inside package conformance sso lint fuzz

# Rooms of tests/. Compiling a test costs more than running it, so CI does it once: what judges from outside
# by the compiler that ships, what looks inside or sends hostile bytes under the sanitizers.
outside="abi bench conformance demo headers load package readme secrets soak validate"
inside="browser cli config core fuzz integration kit limits loading mcp network oauth plugins sso wire"
for room in tests/*/CMakeLists.txt; do
    room=$(basename "$(dirname "$room")")
    case " $outside $inside " in
    *" $room "*) ;;
    *)
        echo "tests/run.sh: CI would not run the room $room; add it to outside or inside" >&2
        exit 1
        ;;
    esac
done

work=$(mktemp -d) # a log of each step, and a line of each thing counted
waiting=
gently= # or how what must keep nobody waiting is started
trap '[ -z "$waiting" ] || kill "$waiting" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# count NAME PASSED FAILED
count() {
    echo "$2 $3" >>"$work/$step.counts"
    printf '%-28s %6d passed %4d failed %5d s\n' "$1" "$2" "$3" $(($(date +%s) - began)) >>"$work/$step.summary"
}

begin() {
    began=$(date +%s)
    printf '\n== %s\n' "$1"
}

# One at a time, where steps are run beside each other.
build() {
    flock "$work/building" $gently sh .setup/build.sh "$@"
}

# choose STEP: its preset, its rooms (none: all) and the targets that these need (none: all).
choose() {
    step=$1
    case $step in
    outside) preset=release rooms=$outside ;;
    inside) preset=asan rooms=$inside ;;
    *) preset=$step rooms= ;;
    esac
    targets=
    [ -z "$rooms" ] || targets="plugin_api/all host_stub/all plugins/all manifests/all"
    for room in $rooms; do
        targets="$targets tests/$room/all"
    done
}

build_tests() {
    choose "$1"
    begin "$step: build"
    build "$preset" $targets && return
    count "$step build" 0 1
    return 1
}

run_tests() {
    choose "$1"
    begin "$step: tests"
    status=0
    ctest --preset "$preset" ${rooms:+-L "^($(echo "$rooms" | tr ' ' '|'))\$"} >"$work/$step.log" 2>&1 || status=$?
    # Of what passed, one line each says nothing.
    sed '/^ *Start *[0-9]*: /d; /^ *[0-9]*\/[0-9]* Test *#.* Passed *[0-9.]* sec/d' "$work/$step.log"
    # A block a CTest test: as many as GoogleTest counts in it, or one.
    counts=$(awk '
        /^[0-9]+\/[0-9]+ Testing: / { good = bad = said = 0 }
        /^\[  PASSED  \] [0-9]+ test/ { good = $4; said = 1 }
        /^ *[0-9]+ FAILED TEST/ { bad = $1 }
        /^Test Passed\.$/ { passed += said ? good : 1 }
        /^Test (Failed|timed out)/ || /^Test Fail/ { passed += good; failed += bad ? bad : 1 }
        END { print passed + 0, failed + 0 }' "build/$preset/Testing/Temporary/LastTest.log")
    set -- ${counts:-0 0} # where ctest itself did not get so far
    if [ "$status" -ne 0 ] && [ "$2" -eq 0 ] || [ "$1" -eq 0 ]; then
        count "$step tests" "$1" $(($2 + 1))
    else
        count "$step tests" "$1" "$2"
    fi
}

# tests STEP...: while the tests of one run, which wait a lot, the next is built, niced.
tests() {
    [ $# -gt 0 ] || return
    built=0
    build_tests "$1" || built=$?
    while [ $# -gt 0 ]; do
        current=$1
        shift
        if [ $# -gt 0 ]; then
            gently="nice -n 10"
            build_tests "$1" >"$work/$1.build" 2>&1 &
            waiting=$!
            gently=
        fi
        [ "$built" -ne 0 ] || run_tests "$current"
        if [ $# -gt 0 ]; then
            built=0
            wait "$waiting" || built=$?
            waiting=
            cat "$work/$1.build"
        fi
    done
}

# check NAME COMMAND...: one command that passes or fails as a whole.
check() {
    name=$1
    shift
    begin "$name"
    if $gently "$@"; then
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
    if [ $# -gt 0 ] && ! build release "$@"; then
        count "$name build" 0 1
        return
    fi
    $gently sh "$script" 2>&1 | tee "$work/$step.log"
    good=$(sed -n 's/^checks: \([0-9]*\) passed, [0-9]* failed$/\1/p' "$work/$step.log")
    bad=$(sed -n 's/^checks: [0-9]* passed, \([0-9]*\) failed$/\1/p' "$work/$step.log")
    if [ "${good:-0}" -eq 0 ] && [ "${bad:-0}" -eq 0 ]; then
        bad=1
    fi
    count "$name checks" "${good:-0}" "$bad"
}

# run STEP...
run() {
    for step in "$@"; do
        case $step in
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
}

# these NAME...: which of them are asked for, in the order in which they are.
these() {
    for step in $steps; do
        case " $* " in *" $step "*) echo "$step" ;; esac
    done
}

if ! sh .setup/install.sh tests; then
    echo "0 passed, 1 failed"
    exit 1
fi
tests $(these outside inside release asan tsan)

# What waits most of its time, for browsers and servers, is run beside what computes. The latter is
# niced, so that it keeps nobody waiting; what the former prints comes after it.
light=$(these conformance sso)
heavy=$(these package lint tidy analyze fuzz)
if [ -n "$light" ] && [ -n "$heavy" ]; then
    # So that nothing is linked again while another step uses it; what fails here fails there.
    build release installed mcp-auth cross_app_access conformance_client >"$work/build.log" 2>&1 || :
    run $light >"$work/light.log" 2>&1 &
    waiting=$!
    gently="nice -n 10"
    run $heavy
    wait "$waiting"
    waiting=
    cat "$work/light.log"
else
    run $light $heavy
fi

echo
for step in $steps; do
    began=$(date +%s)
    [ -s "$work/$step.counts" ] || count "$step, which did not end" 0 1
    cat "$work/$step.summary"
done
awk '{ passed += $1; failed += $2 }
    END { printf "\n%d passed, %d failed\n", passed, failed; exit !(failed == 0 && passed > 0) }' "$work"/*.counts
