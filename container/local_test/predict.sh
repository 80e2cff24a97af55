#!/usr/bin/env bash
# Sends a file to the server of serve_local.sh: [PORT=8080] predict.sh FILE [CONTENT_TYPE]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../dist/image/check/localTest.js
# Skips set-up: serve_local.sh, which runs first, has done it.
[ -f "$program" ] || npm --prefix "$here/../.." run --silent setup first >&2
exec node "$program" predict "$here/test_dir" "$@"
