#!/bin/sh
# sh tests/bench/token_command.sh [RUNS] - what `mcp-auth token` costs as a whole process, against
# the demo enterprise over TLS: start, configuration, plugin, challenge, discovery, both legs.
set -eu
cd "$(dirname "$0")/../.."
runs=${1:-50}
command=${MCP_AUTH:-build/release/bin/mcp-auth}

scratch=$(mktemp -d)
"$command" demo --serve --directory "$scratch/enterprise" >"$scratch/serve" 2>&1 &
served=$!
trap 'kill "$served" 2>/dev/null; wait "$served" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# It prints the commands to try once it is ready; the configuration and the URL are in them.
tries=0
until grep -qs 'Ctrl-C' "$scratch/serve"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$served" 2>/dev/null; then
        cat "$scratch/serve" >&2
        exit 1
    fi
    sleep 0.1
done
config=$(sed -n 's/.*--config \([^ ]*\) connect .*/\1/p' "$scratch/serve" | head -n 1)
url=$(sed -n 's/.* connect \([^ ]*\).*/\1/p' "$scratch/serve" | head -n 1)

i=0
while [ "$i" -lt "$runs" ]; do
    i=$((i + 1))
    rm -rf "$scratch/state" # else the ID-JAG of the run before saves a leg
    began=$(date +%s%N)
    /usr/bin/time -a -o "$scratch/memory" -f %M env XDG_STATE_HOME="$scratch/state" "$command" token "$url" --config "$config" >"$scratch/token"
    ended=$(date +%s%N)
    [ -s "$scratch/token" ] || { echo "no token" >&2; exit 1; }
    echo $(((ended - began) / 1000)) >>"$scratch/times"
done

sort -n "$scratch/times" | awk '{ us[NR] = $1 } END {
    printf "wall time of %d runs: median %.1f ms, fastest %.1f ms, slowest %.1f ms\n",
           NR, us[int((NR + 1) / 2)] / 1000, us[1] / 1000, us[NR] / 1000 }'
sort -n "$scratch/memory" | awk 'END { printf "largest resident memory: %.1f MB\n", $1 / 1024 }'
