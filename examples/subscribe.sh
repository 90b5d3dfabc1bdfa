#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints a channel's messages as they come (Server-Sent Events), and after a lost connection goes on where it was:
#   examples/subscribe.sh orders:42              from now on
#   examples/subscribe.sh orders:42 earliest     from the first that is kept
#   examples/subscribe.sh orders:42 <position>   behind that position: the last `id: …` of an earlier run
set -eu
channel=${1:?usage: subscribe.sh <channel> [earliest|<position>]}
url=${TIDELINE_URL:-http://127.0.0.1:8080}
token=${TIDELINE_TOKEN:-$(cat data/admin.token)}

position=$(mktemp)
trap 'rm -f "$position"' EXIT
trap 'exit 130' INT TERM
echo "${2:-now}" > "$position"

while true; do
  curl --silent --show-error --no-buffer --fail \
    --header "Authorization: Bearer $token" --header 'Accept: text/event-stream' \
    "$url/v1/channels/$channel/messages?after=$(cat "$position")" |
    while IFS= read -r line; do
      printf '%s\n' "$line"
      case $line in 'id: '*) echo "${line#id: }" > "$position" ;; esac
    done
  sleep 2
done
