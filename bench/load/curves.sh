#!/bin/bash
# curves.sh [PEER=tideline] [PART="1 2 3 4 5 6 7 8"] - what becomes of the figures as the work grows; about 15 minutes on one CPU for the server.
#   1 subscribers of one channel, over WebSocket and SSE   2 channels of five subscribers   3 bytes a message
#   4 channels that are published to                       5 connections that only hold on, and come back at once
#   6 channels a connection, of 5,000 subscriptions        7 text and bytes (binary frames)
#   8 event streams, each on a connection of HTTP/1.1, and many on one of HTTP/2
# Ten messages a request, so that publishing isn't what is measured in 1 and 3. summary.py makes tables of it.
here=$(cd "$(dirname "$0")" && pwd)
export JAVA_OPTS=${JAVA_OPTS--XX:+UseSerialGC -Xms96m -Xmn24m -Xmx512m} MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX-2}
peer=${1:-tideline}
PART=${2:-1 2 3 4 5 6 7 8}
r() { "$here/run.sh" "$peer" "$@" >/dev/null; }
steps() { # flags of every step, then of each
  local every=$1 args=() first
  shift
  for step in "$@"; do
    [ ${#args[@]} -gt 0 ] && args+=(+)
    # shellcheck disable=SC2206
    args+=($every $step)
  done
  r "${args[@]}"
}
for part in $PART; do
  echo "part $part" >&2
  case $part in
  1)
    for t in ws sse; do
      steps "fanout -transport $t -batch 10 -window 40" "-subs 1000 -warm 25s -dur 3s" "-subs 1 -warm 3s -dur 3s" "-subs 10 -warm 3s -dur 3s" \
        "-subs 100 -warm 3s -dur 3s" "-subs 1000 -warm 3s -dur 3s" "-subs 3000 -warm 3s -dur 3s" "-subs 10000 -warm 5s -dur 4s"
    done
    ;;
  2)
    steps "channels -subs 5 -pubs 16 -window 64" "-channels 100 -warm 25s -dur 3s" "-channels 1 -warm 3s -dur 3s" "-channels 10 -warm 3s -dur 3s" \
      "-channels 100 -warm 3s -dur 3s" "-channels 1000 -warm 3s -dur 3s" "-channels 3000 -warm 5s -dur 4s"
    ;;
  3)
    steps "fanout -subs 100 -batch 10 -window 40" "-size 128 -warm 25s -dur 3s" "-size 128 -warm 3s -dur 3s" "-size 512 -warm 3s -dur 3s" \
      "-size 2048 -warm 3s -dur 3s" "-size 8192 -warm 3s -dur 3s" "-size 32768 -warm 3s -dur 3s" "-size 65000 -warm 3s -dur 3s"
    ;;
  4)
    steps "publish -subs 0 -pubs 64" "-channels 64 -warm 30s -dur 3s" "-channels 1 -warm 2s -dur 4s" "-channels 64 -warm 2s -dur 4s" \
      "-channels 1000 -warm 2s -dur 4s" "-channels 10000 -warm 4s -dur 4s" "-channels 100000 -warm 12s -dur 6s" "-channels 64 -warm 2s -dur 4s"
    ;;
  5)
    r idle -subs 15000
    r idle -subs 15000 -transport sse
    JAVA_OPTS="$JAVA_OPTS -Xmx1g" r resume -subs 10000 -messages 1000 -count tideline_pages_read_total,tideline_pages_cached_total
    ;;
  6)
    steps "channels -channels 1000 -subs 5 -pubs 16 -window 64" "-warm 30s -dur 3s" "-warm 3s -dur 4s" "-each 10 -warm 3s -dur 4s" \
      "-each 100 -warm 3s -dur 4s" "-each 500 -warm 3s -dur 4s"
    ;;
  7)
    steps "fanout -subs 1000" "-warm 30s -dur 3s" "-warm 3s -dur 4s" "-binary -warm 5s -dur 4s" "-warm 3s -dur 4s" "-binary -warm 3s -dur 4s"
    ;;
  8)
    steps "streams -transport sse" "-subs 100 -each 100 -warm 25s -dur 3s" "-subs 100 -warm 5s -dur 4s" "-subs 100 -each 100 -warm 5s -dur 4s" \
      "-subs 1000 -warm 5s -dur 4s" "-subs 1000 -each 10 -warm 5s -dur 4s" "-subs 1000 -each 100 -warm 5s -dur 4s"
    ;;
  esac
done
