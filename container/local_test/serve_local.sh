#!/usr/bin/env bash
# Serves what train_local.sh has trained, until Ctrl-C: [PORT=8080] serve_local.sh [IMAGE:TAG]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)

image=${1:-$(npm --prefix "$project" run --silent image | tail -n 1)}
exec docker run --rm --publish "127.0.0.1:${PORT:-8080}:8080" \
  --mount "type=bind,\"source=$here/test_dir/model\",target=/opt/ml/model,readonly" "$image" serve
