#!/bin/bash
# pair.sh JAR_A JAR_B SCENARIO [flags]   two builds of Tideline beside each other, each with its own PostgreSQL, in turns of a few seconds.
#
# One run after the other compares the machine of now with that of a minute ago; here both servers are up, warm and idle, and the load
# goes to one, then to the other. Prints one JSON line a turn (also to OUT/pair.jsonl), and the medians of A, of B and of B to A.
#   TURNS=10  turns of each       WARM=60s  of load for each before the first turn      JAVA_A, JAVA_B (java)  JAVA_OPTS_A, JAVA_OPTS_B
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 3 ] || { sed -n '2,6p' "$0"; exit 2; }
export OUT=${OUT:-${TMPDIR:-/tmp}/pushbench} MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX-2}
data=${TIDELINE_DATA:-${TMPDIR:-/tmp}/bench-tideline}
options=${JAVA_OPTS--XX:+UseSerialGC -Xms96m -Xmn24m -Xmx512m}
peer=$here/peers/tideline
declare -A jar=([a]=$1 [b]=$2) port=([a]=8000 [b]=8001) pid=() java=([a]=${JAVA_A:-java} [b]=${JAVA_B:-java})
declare -A opts=([a]=${JAVA_OPTS_A:-$options} [b]=${JAVA_OPTS_B:-$options})
shift 2
mkdir -p "$OUT/bin"
(cd "$here" && go build -buildvcs=false -o "$OUT/bin/" .)
ulimit -n "$(ulimit -Hn)"

stop() {
  for side in a b; do
    kill "${pid[$side]:-0}" 2>/dev/null || true
    [ -z "${pid[$side]:-}" ] || wait "${pid[$side]}" 2>/dev/null || true
    TIDELINE_DATA=$data-$side sh "$peer/after.sh"
  done
}
turn() { # side, label, scenario and flags
  local side=$1 label=$2
  shift 2
  TIDELINE_DATA=$data-$side GOMAXPROCS=1 timeout 180 taskset -c "${GEN_CPU:-1}" "$OUT/bin/pushbench" -peer tideline -label "$label" \
    -addr "127.0.0.1:${port[$side]}" -pid "${pid[$side]},$(TIDELINE_DATA=$data-$side sh "$peer/extra-pids")" -scenario "$@"
}
trap stop EXIT
trap 'exit 130' INT TERM
for side in a b; do
  (exec 3<>"/dev/tcp/127.0.0.1/${port[$side]}") 2>/dev/null && { echo "port ${port[$side]} is in use" >&2; exit 1; }
  TIDELINE_DATA=$data-$side sh "$peer/before.sh"
  TIDELINE_DATA=$data-$side TIDELINE_JAR=${jar[$side]} JAVA=${java[$side]} JAVA_OPTS=${opts[$side]} PORT=${port[$side]} \
    taskset -c "${SERVER_CPUS:-0}" "$peer/start.sh" >"$OUT/pair-$side.log" 2>&1 &
  pid[$side]=$!
  for _ in $(seq 600); do (exec 3<>"/dev/tcp/127.0.0.1/${port[$side]}") 2>/dev/null && break; sleep 0.1; done
done
sleep 2
for side in a b; do turn "$side" warm "$@" -warm "${WARM:-60s}" -dur 1s >/dev/null; done
: >"$OUT/pair.jsonl"
for _ in $(seq "${TURNS:-10}"); do
  for side in a b; do turn "$side" "$side" "$@" -warm 1s -dur 4s | tee -a "$OUT/pair.jsonl"; done
done
python3 - "$OUT/pair.jsonl" <<'P'
import json, statistics, sys

lines = [json.loads(line) for line in open(sys.argv[1])]
a, b = ([line for line in lines if line["peer"] == side] for side in "ab")
for key in a[0]:
    if key.endswith(("_per_s", "_ms", "_publishes", "_deliveries")) and all(line.get(key) for line in lines):
        ratios = sorted(y[key] / x[key] for x, y in zip(a, b))
        print(f"{key}: A {statistics.median(x[key] for x in a):.5g}, B {statistics.median(y[key] for y in b):.5g},"
              f" B to A {statistics.median(ratios):.3f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
P
