#!/usr/bin/env bash
# Serves the model of train_local.sh until Ctrl-C: [PORT=8080] serve_local.sh [IMAGE:TAG]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../dist/image/check/localTest.js
npm --prefix "$here/../.." run --silent setup >&2
exec node "$program" serve "$here/test_dir" "$@"
