#!/bin/sh
# sh tests/coverage.sh [FILE.html] - which lines of the host library, the plugins and the contract's
# kit the CTest tests reach; with FILE.html, line by line as pages too. Fails below 90 % of the lines of
# any of the three, and where a test fails. Takes half an hour on 2 cores.
#
# A process writes its counters when it ends by itself: what is run between fork and exec, or in one that
# is killed, counts as not reached. What started programs and loaded plugins reach is added up, since
# each object has its own file, which is written under a lock.
set -eu
cd "$(dirname "$0")/.."
pages=${1:-}

sh .setup/install.sh tests
sh .setup/install.sh coverage
sh .setup/build.sh coverage
find build/coverage -name '*.gcda' -delete
failed=0
# The validator's small-stack is not for what counts, which takes more: with MCP_AUTH_SLOW of each broken
# plugin only the test that should fail is run, and the one that fails none is left out.
MCP_AUTH_SLOW=1 GTEST_FILTER='-Each/BrokenPlugin.*/none' ctest --preset coverage >build/coverage/tests.log 2>&1 || failed=1
tail -n 20 build/coverage/tests.log

[ -z "$pages" ] || gcovr --root . build/coverage --exclude-throw-branches --exclude-unreachable-branches \
    --filter host_stub/host/ --filter plugins/ --filter plugin_api/include/ \
    --exclude plugins/template --exclude '.*_test\.cpp$' --html-details "$pages" -j 2
python3 tests/coverage.py build/coverage || failed=1
exit "$failed"
