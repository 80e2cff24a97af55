#!/usr/bin/env bash
# Sends a file to what serve_local.sh serves: [PORT=8080] predict.sh FILE [CONTENT_TYPE]
set -euo pipefail

exec curl --silent --show-error --fail-with-body --write-out '\n' --header "Content-Type: ${2:-application/json}" \
  --data-binary "@${1:?FILE to send, such as input.json}" "http://127.0.0.1:${PORT:-8080}/invocations"
