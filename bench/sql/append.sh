#!/bin/bash
# append.sh [ROUNDS=6] - what a batch costs in PostgreSQL alone: append_batch in an A/B of planning each time against planning once.
# One session of pgbench without fsync, so the processor is what counts; the variants take turns, and each one's best second is printed.
# Needs PostgreSQL 15 or newer with psql and pgbench on PATH, and PGHOST, PGPORT, PGUSER of a server whose fsync may be off: it makes
# the database tideline_bench there and drops it at the end.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
migrations=$here/../../src/main/resources/db/migration
work=$(mktemp -d)
export PGDATABASE=postgres PGOPTIONS="-c client_min_messages=warning"
trap 'PGDATABASE=postgres psql -qc "drop database if exists tideline_bench" >/dev/null; rm -rf "$work"' EXIT
[ "$(psql -Atc 'show fsync')" = off ] || { echo "this server has fsync on: its disk would be measured" >&2; exit 1; }
psql -qc 'drop database if exists tideline_bench' -c 'create database tideline_bench'
export PGDATABASE=tideline_bench
psql -qc 'create schema tideline'
for version in $(ls "$migrations" | sort -V); do psql -q -v ON_ERROR_STOP=1 -f "$migrations/$version" >/dev/null; done
psql -qAtc "select tideline.new_epoch('bench')" >/dev/null

script() { # channels, messages
  cat <<SQL
\set k random(0, 900)
select * from tideline.append_batch(gen_random_uuid(), 'n', pg_postmaster_start_time(), false, '1 day',
  (select array_agg('c:' || lpad((:k + i)::text, 5, '0') order by i) from generate_series(1, $1) i),
  (select array_agg(1 + (i - 1) % $1 order by i) from generate_series(1, $2) i),
  (select array_agg(1 + (i - 1) / $1 order by i) from generate_series(1, $2) i),
  null, null, null, null,
  (select array_agg(decode(repeat('ab', 128), 'hex')) from generate_series(1, $2) i), null, null, null, null);
SQL
}
declare -A best
for _ in $(seq "${1:-6}"); do
  for mode in auto force_generic_plan; do
    psql -qc "alter function tideline.append_batch set plan_cache_mode = $mode"
    for shape in "1 1" "1 64" "16 16" "64 64"; do
      # shellcheck disable=SC2086
      script $shape >"$work/batch.sql"
      took=$(pgbench -n -M prepared -T 1 -f "$work/batch.sql" 2>/dev/null | awk '/latency average/{print $4}')
      key="$shape $mode"
      if [ -z "${best[$key]:-}" ] || awk "BEGIN{exit !($took < ${best[$key]})}"; then best[$key]=$took; fi
    done
  done
done
echo "channels messages plans ms"
for key in "${!best[@]}"; do echo "$key ${best[$key]}"; done | sort -n -k2 -k1 -k3
