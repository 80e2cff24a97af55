#!/usr/bin/env bash
# Sends a file to the server of serve_local.sh: [PORT=8080] predict.sh FILE [CONTENT_TYPE]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
npm --prefix "$here/../.." run --silent setup >&2
exec node "$here/../../dist/image/check/localTest.js" predict "$here/test_dir" "$@"
