#!/usr/bin/env bash
# Trains in the image as SageMaker does, in test_dir next to this file: train_local.sh [IMAGE:TAG]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../dist/image/check/localTest.js
npm --prefix "$here/../.." run --silent setup >&2
exec node "$program" train "$here/test_dir" "$@"
