#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Publishes a message once, however often it has to ask:
#   examples/publish.sh orders:42 '{"status":"paid"}'
# TIDELINE_URL and TIDELINE_TOKEN choose another server and token than those of the first run.
set -eu
channel=${1:?usage: publish.sh <channel> <json>}
body=${2:?usage: publish.sh <channel> <json>}
url=${TIDELINE_URL:-http://127.0.0.1:8080}
token=${TIDELINE_TOKEN:-$(cat "$(dirname "$0")/../data/admin.token")}

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# --retry also repeats 429, 500, 503 and 504 and honours Retry-After; the key makes the repeats harmless.
status=$(curl --silent --show-error --output "$answer" --write-out '%{http_code}' --retry 10 --retry-connrefused \
  --header "Authorization: Bearer $token" \
  --header 'Content-Type: application/json' \
  --header "Idempotency-Key: $(date +%s)-$$" \
  --data-binary "$body" \
  "$url/v1/channels/$channel/messages")
case $status in
  2*) cat "$answer"; echo ;;
  *) { echo "$status"; cat "$answer"; echo; } >&2; exit 1 ;;
esac
