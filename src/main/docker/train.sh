#!/bin/sh
# train.sh [FOLDER=target/quarkus-app] - lets a JDK 25 learn from a minute of Tideline's own work, so that a node is fast from its first second.
#
#   ./mvnw package -DskipTests -Dquarkus.package.jar.type=aot-jar
#   src/main/docker/train.sh
#   java -XX:AOTCache=target/quarkus-app/tideline.aot $JVM_OPTIONS -jar target/quarkus-app/quarkus-run.jar
#
# The cache (JEP 483, 514, 515) holds classes as they are after linking, and what the compilers need to know of their methods. It is good for the same
# JDK, the same jars where they lie, and the same collector: run it where the server will run, in the image say (Dockerfile.aot), with
# JVM_OPTIONS as they will be. Without a fitting cache the JVM starts as ever.
set -e
cd "$(dirname "$0")/../../.."
folder=$(cd "${1:-target/quarkus-app}" && pwd)
java -XX:AOTMode=off -version 2>/dev/null || { echo "a JDK 25 is needed; this is $(java -version 2>&1 | head -1)" >&2; exit 2; }
data=$(mktemp -d)
port=$(( 20000 + $$ % 10000 ))

# shellcheck disable=SC2086
TIDELINE_DATA_DIR=$data/server QUARKUS_HTTP_PORT=$port TIDELINE_LIMITS_PUBLISHES_PER_SUBJECT=100000 QUARKUS_LOG_LEVEL=WARN \
  java -XX:AOTCacheOutput="$folder/tideline.aot" ${JVM_OPTIONS:-} -jar "$folder/quarkus-run.jar" &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$data"' EXIT
until [ -s "$data/server/admin.token" ] && curl -fsS "http://127.0.0.1:$port/q/health/ready" >/dev/null 2>&1; do
  kill -0 $server
  sleep 0.2
done
bench/soak/run --url "http://127.0.0.1:$port" --token "$(cat "$data/server/admin.token")" --minutes "${MINUTES:-1}" --faults cut --pause 5-10 \
  --rate 2000 --channels 20 --publishers 16 --subscribers 100
kill $server
wait $server || true
ls -l "$folder/tideline.aot"
