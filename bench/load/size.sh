#!/bin/bash
# size.sh [MESSAGES=10000000] [CHANNELS=100000] - does a long history slow anything down? About 12 minutes.
# Fills a fresh Tideline with messages of 128 bytes, and asks the same things of it before and after: the rate of publishing, pages at
# random places, readers that resume; then keeps half of the messages only, and asks how publishing goes while the rest is pruned.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export OUT=${OUT:-${TMPDIR:-/tmp}/pushbench} TIDELINE_DATA=${TIDELINE_DATA:-${TMPDIR:-/tmp}/bench-tideline}
export JAVA_OPTS=${JAVA_OPTS--XX:+UseSerialGC -Xms96m -Xmn24m -Xmx512m} MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX-2}
messages=${1:-10000000} channels=${2:-100000}
peer=$here/peers/tideline
mkdir -p "$OUT/bin"
(cd "$here" && go build -buildvcs=false -o "$OUT/bin/" .)
ulimit -n "$(ulimit -Hn)"

start() {
  taskset -c "${SERVER_CPUS:-0}" "$peer/start.sh" >>"$OUT/size.log" 2>&1 &
  pid=$!
  for _ in $(seq 600); do (exec 3<>/dev/tcp/127.0.0.1/8000) 2>/dev/null && break; sleep 0.1; done
  sleep 2
}
stop() { kill "$pid" && { wait "$pid" || true; }; }
load() { # label, scenario and flags
  local label=$1
  shift
  GOMAXPROCS=1 taskset -c "${GEN_CPU:-1}" "$OUT/bin/pushbench" -peer tideline -label "$label" -pid "$pid,$(sh "$peer/extra-pids")" -scenario "$@" |
    tee -a "$OUT/size.jsonl"
}
pages() { # label: pages of 100 messages, at random places of random channels
  taskset -c "${GEN_CPU:-1}" python3 "$here/pages.py" "$1" "$2" "$TIDELINE_DATA/admin.token" | tee -a "$OUT/size.jsonl"
}
ask() {
  load "$1" publish -subs 0 -pubs 64 -channels 64 -warm 15s -dur 5s
  load "$1" publish -subs 0 -pubs 64 -channels "$channels" -warm 10s -dur 5s
  load "$1" resume -subs 1000 -messages 200
  pages "$1" "$channels"
}

sh "$peer/before.sh"
trap 'kill "${pid:-0}" 2>/dev/null || true; sleep 3; sh "$peer/after.sh"' EXIT
start
ask before
echo "filling" >&2
for _ in $(seq 40); do
  stored=$(curl -s 127.0.0.1:8000/q/metrics | awk '/^tideline_publishes_total/{n += $2} END{printf "%d", n}')
  [ "$stored" -ge "$messages" ] && break
  load filling publish -subs 0 -pubs 16 -batch 200 -channels "$channels" -warm 1s -dur 30s >/dev/null
done
echo "stored $stored messages in $channels channels, $(du -sh "$TIDELINE_DATA" | cut -f1)" >&2
ask after
stop
half=$((messages / channels / 2))
echo "keeping $half messages a channel" >&2
export TIDELINE_NAMESPACES_DEFAULT_RETENTION_COUNT=$half
start
load pruning publish -subs 0 -pubs 64 -channels 64 -warm 15s -dur 30s
curl -s 127.0.0.1:8000/q/metrics | grep '^tideline_pruned_total'
