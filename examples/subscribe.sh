#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints a channel's messages as they come (Server-Sent Events). After a lost connection it continues where it was:
#   examples/subscribe.sh orders:42              from now on
#   examples/subscribe.sh orders:42 earliest     from the first message that is retained
#   examples/subscribe.sh orders:42 <position>   after that position: the last `id: …` of an earlier run
# TIDELINE_URL and TIDELINE_TOKEN choose another server and token than those of the first run.
set -eu
channel=${1:?usage: subscribe.sh <channel> [earliest|<position>]}
url=${TIDELINE_URL:-http://127.0.0.1:8080}
token=${TIDELINE_TOKEN:-$(cat "$(dirname "$0")/../data/admin.token")}

position=$(mktemp)
head=$(mktemp)
trap 'rm -f "$position" "$head"' EXIT
trap 'exit 130' INT TERM
echo "${2:-now}" > "$position"

while true; do
  : > "$head"
  curl --silent --show-error --no-buffer --dump-header "$head" \
    --header "Authorization: Bearer $token" --header 'Accept: text/event-stream' \
    "$url/v1/channels/$channel/messages?after=$(cat "$position")" |
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        '{'*) printf '%s\n' "$line" >&2 ;; # no line of an event stream begins so: a problem, with what to do about it
        'id: '*) echo "${line#id: }" > "$position"; printf '%s\n' "$line" ;;
        *) printf '%s\n' "$line" ;;
      esac
    done
  # A refusal stays one: without another token or name there is nothing to repeat.
  case $(sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$head") in
    429) ;;
    4*) exit 1 ;;
  esac
  sleep 2
done
