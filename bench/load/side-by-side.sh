#!/bin/bash
# side-by-side.sh [ROUNDS=3] - the figures of bench/results: Tideline and nchan, one after the other, then refhub.
# About 8 minutes a round. A server that runs in a JVM is warm after 40 s; nchan is from its start. One server serves the scenarios
# that ask how fast, in turn; memory, resume and readers that stall get a fresh one. summary.py takes the medians.
here=$(cd "$(dirname "$0")" && pwd)
export JAVA_OPTS=${JAVA_OPTS--XX:+UseSerialGC -Xms96m -Xmn24m -Xmx512m} MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX-2}
r() { "$here/run.sh" "$@" >/dev/null; }
for round in $(seq "${1:-3}"); do
  for peer in tideline nchan; do
    echo "round $round, $peer" >&2
    warm=5s
    [ $peer = tideline ] && warm=40s
    r $peer fanout -subs 1000 -warm $warm -dur 5s + fanout -subs 100 -warm 5s -dur 4s + fanout -subs 5000 -warm 5s -dur 4s \
      + fanout -subs 1000 -size 1024 -warm 5s -dur 4s + fanout -subs 1000 -transport sse -warm 10s -dur 5s \
      + latency -subs 1000 -rate 20 -warm 3s -dur 5s + latency -subs 100 -rate 100 -warm 3s -dur 5s \
      + channels -channels 1000 -subs 5 -pubs 16 -window 64 -warm 10s -dur 4s \
      + publish -subs 0 -pubs 64 -warm 8s -dur 4s + publish -subs 0 -pubs 256 -warm 4s -dur 4s
    # Ephemeral channels, which store nothing either.
    [ $peer = tideline ] && TIDELINE_NAMESPACES_DEFAULT_DURABILITY=ephemeral LABEL=ephemeral r $peer fanout -subs 1000 -warm 30s -dur 4s + latency -subs 1000 -rate 20 -warm 3s -dur 5s \
      + latency -subs 100 -rate 100 -warm 3s -dur 5s + channels -channels 1000 -subs 5 -pubs 16 -window 64 -warm 10s -dur 4s
    [ $peer = tideline ] && r $peer publish -subs 0 -pubs 16 -batch 50 -warm 25s -dur 4s
    r $peer resume -subs 1000 -messages 200 -size 256 + resume -subs 1000 -messages 200 -size 256 \
      + resume -subs 1000 -messages 200 -size 256
    r $peer idle -subs 10000
    r $peer idle -subs 10000 -transport sse
    r $peer slow -subs 100 -rate 100 -size 8192 -dur 12s
  done
  r refhub fanout -subs 1000 -warm 2s -dur 4s
done
