#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints a token for an hour, signed with openssl alone; it shows what a token is. By default it is
# signed with the key of the first run:
#   examples/token.sh alice '{"subscribe":["orders:*"],"publish":["chat:lobby"]}'
set -eu
subject=${1:?usage: token.sh <subject> <grants as a JSON object>}
grants=${2:?usage: token.sh <subject> <grants as a JSON object>}
key=${TIDELINE_KEY:-data/first-run-key.pem}
issuer=${TIDELINE_ISSUER:-tideline}
audience=${TIDELINE_AUDIENCE:-tideline}

base64url() {
  openssl base64 -A | tr '+/' '-_' | tr -d '='
}

now=$(date +%s)
header=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url)
claims=$(printf '{"iss":"%s","aud":"%s","sub":"%s","iat":%d,"exp":%d,"tideline":%s}' \
  "$issuer" "$audience" "$subject" "$now" "$((now + 3600))" "$grants" | base64url)
signature=$(printf '%s.%s' "$header" "$claims" | openssl dgst -sha256 -sign "$key" -binary | base64url)
printf '%s.%s.%s\n' "$header" "$claims" "$signature"
