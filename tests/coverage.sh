#!/bin/sh
# sh tests/coverage.sh [FILE.html] - which lines of the host library, the plugins and the contract's
# kit the CTest tests reach; with FILE.html, line by line as pages too. Fails below 90 % of the lines of
# any of the three. Takes half an hour on 2 cores.
set -eu
cd "$(dirname "$0")/.."
pages=${1:-}
least=90

sh .setup/install.sh tests
sh .setup/install.sh coverage
sh .setup/build.sh coverage
find build/coverage -name '*.gcda' -delete
ctest --preset coverage >build/coverage/tests.log 2>&1 || tail -n 20 build/coverage/tests.log

# Each of the three by itself; what a compiler made of a template or a throw is no branch of ours.
report() {
    gcovr --root . --object-directory build/coverage --add-tracefile build/coverage/lines.json "$@"
}
gcovr --root . build/coverage --exclude-throw-branches --exclude-unreachable-branches \
    --filter host_stub/host/ --filter plugins/ --filter plugin_api/include/ \
    --exclude plugins/template --exclude '.*_test\.cpp$' --json build/coverage/lines.json -j 2
[ -z "$pages" ] || report --html-details "$pages"
report --txt --sort-percentage
passed=0
failed=0
for part in host_stub/host/ plugins/ plugin_api/include/; do
    total=$(report --filter "$part" --json-summary |
        sed -n 's/.*"line_percent": \([0-9.]*\).*/\1/p; ' | tail -n 1)
    branches=$(report --filter "$part" --json-summary |
        sed -n 's/.*"branch_percent": \([0-9.]*\).*/\1/p' | tail -n 1)
    printf '%-22s lines %5s %%, branches %5s %%\n' "$part" "$total" "$branches"
    if [ "${total%.*}" -ge "$least" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "checks: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
