#!/bin/sh
# sh .setup/install.sh demo|tests|bench|coverage|valgrind - installs what is missing of .setup/packages on Debian 12.
#
# Asks nothing, and touches neither apt nor the network when nothing is missing.
set -eu
LC_ALL=C
export LC_ALL

who=${1:?usage: install.sh demo|tests|bench|coverage|valgrind}
list=$(dirname "$0")/packages

missing=
while read -r package for unless; do
    case $package in '' | '#'*) continue ;; esac
    [ "$for" = demo ] || [ "$for" = "$who" ] || continue
    if [ -n "$unless" ] && command -v "$unless" >/dev/null 2>&1; then continue; fi
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done <"$list"
[ -n "$missing" ] || exit 0

echo "installing:$missing" >&2
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    echo "These packages are missing, and installing them needs root or sudo. As root, run:" >&2
    echo "    apt-get update && apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

# `env`, because sudo drops the caller's environment.
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null >&2
}
# Lists that could be only partly renewed may still be good enough for the installation.
apt update || echo "apt-get update failed; trying with the lists that are here" >&2
# shellcheck disable=SC2086 # one word a package
apt install --no-install-recommends $missing
