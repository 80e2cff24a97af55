#!/usr/bin/env bash
# Trains in the image as SageMaker does, over test_dir beside this file: train_local.sh [IMAGE:TAG]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)

npm --prefix "$project" run --silent setup
node "$project/dist/localTest.js" "$here/test_dir"
image=${1:-$(npm --prefix "$project" run --silent image | tail -n 1)}
exec docker run --rm --user "$(id -u):$(id -g)" --mount "type=bind,\"source=$here/test_dir\",target=/opt/ml" "$image" train
