#!/bin/sh
# Tideline as packaged by ./mvnw package, with its own PostgreSQL in $TIDELINE_DATA.
# TIDELINE_JAR (default: target/quarkus-app/quarkus-run.jar of this checkout), JAVA, JAVA_OPTS, and any setting of the
# server as an environment variable.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
jar=${TIDELINE_JAR:-$here/../../../../target/quarkus-app/quarkus-run.jar}
[ -f "$jar" ] || { echo "no packaged application at $jar: run ./mvnw package, or set TIDELINE_JAR" >&2; exit 1; }
# shellcheck disable=SC2086
serve "${JAVA:-java}" ${JAVA_OPTS:-} -jar "$jar"
