#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Publishes a message once, however often it has to ask:
#   examples/publish.sh orders:42 '{"status":"paid"}'
set -eu
channel=${1:?usage: publish.sh <channel> <json>}
body=${2:?usage: publish.sh <channel> <json>}
url=${TIDELINE_URL:-http://127.0.0.1:8080}
token=${TIDELINE_TOKEN:-$(cat data/admin.token)}

# --retry also repeats 429, 503 and 504 and honours Retry-After; the key makes the repeats harmless.
curl --silent --show-error --fail-with-body --retry 10 --retry-connrefused \
  --header "Authorization: Bearer $token" \
  --header 'Content-Type: application/json' \
  --header "Idempotency-Key: $(date +%s)-$$" \
  --data-binary "$body" \
  "$url/v1/channels/$channel/messages"
echo
