#!/bin/sh
# Tideline's native executable: TIDELINE_BIN (default: target/*-runner of this checkout), NATIVE_OPTS (for example -Xmx256m)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tideline/lib.sh"
for b in "${TIDELINE_BIN:-}" "$here"/../../../../target/*-runner; do
  [ -x "$b" ] && break
done
[ -x "$b" ] || { echo "no native executable in target/: run ./mvnw package -Dnative, or set TIDELINE_BIN" >&2; exit 1; }
# shellcheck disable=SC2086
serve "$b" ${NATIVE_OPTS:-}
