#!/bin/bash
# garbage.sh [JAVA17 JAVA25] - what a delivery leaves behind, and how long collecting it keeps everybody waiting. About 6 minutes.
# The same load with each collector: 1,000 readers as fast as they take it, then 20 messages a second to them. Prints bytes allocated and
# system calls for writing a delivery, latencies, and the longest time for which the JVM stood still.
here=$(cd "$(dirname "$0")" && pwd)
export OUT=${OUT:-${TMPDIR:-/tmp}/pushbench} MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX-2}
java17=${1:-java} java25=${2:-}
run() { # label, java, options
  local log=$OUT/garbage-$1.log
  rm -f "$log"
  JAVA=$2 JAVA_OPTS="$3 -Xlog:safepoint:file=$log:uptime" "$here/run.sh" tideline \
    fanout -subs 1000 -warm 25s -dur 5s -count tideline_deliveries_total,tideline_writes_total,jvm_gc_memory_allocated_bytes_total \
    + latency -subs 1000 -rate 20 -warm 3s -dur 20s -count tideline_deliveries_total,tideline_writes_total,jvm_gc_memory_allocated_bytes_total |
    python3 -c "
import json, re, sys
lines = sys.stdin.readlines()  # the server has ended then
stops = [int(m[2]) / 1e6 for m in (re.match(r'\[([0-9.]+)s\].*Total: *([0-9]+) ns', l) for l in open('$log')) if m and float(m[1]) > 25]
for line in lines:
    r = json.loads(line)
    n = max(1, r['tideline_deliveries_total'])
    print('$1', r['scenario'], 'bytes a delivery', round(r['jvm_gc_memory_allocated_bytes_total'] / n, 1),
          'writes a delivery', round(r['tideline_writes_total'] / n, 3),
          *(f'{k} {r[k]}' for k in ('delivered_per_s', 'p50_ms', 'p99_ms', 'p999_ms', 'max_ms')))
print('$1', 'longest standstill after the first 25 s:', round(max(stops, default=0), 2), 'ms of', len(stops))
"
}
run serial "$java17" "-XX:+UseSerialGC -Xms96m -Xmn24m -Xmx512m"
run g1 "$java17" "-XX:+UseG1GC -Xmx512m"
[ -z "$java25" ] || {
  run serial25 "$java25" "-XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xms96m -Xmn24m -Xmx512m"
  run z25 "$java25" "-XX:+UseZGC -XX:+UseCompactObjectHeaders -Xmx512m"
}
