#!/usr/bin/env python3
"""Times of a start: start.py [-n TIMES] -- COMMAND...

Starts the server TIMES times (5) on PORT (8000) against the database that the environment names, and
prints medians as one JSON line: milliseconds from the start of the process to the first answer of
/q/health/live, to the first 200 of /q/health/ready and to the first publish that is answered 201, and
the resident memory three seconds later (of the process alone). Settings of the server are environment
variables; TIDELINE_DATA_DIR is where its token of the first run is."""
import http.client
import json
import os
import statistics
import subprocess
import sys
import time

PORT = int(os.environ.get('PORT', '8000'))
START_MAX = 60


def status(method, path, headers={}, body=None):
    connection = http.client.HTTPConnection('127.0.0.1', PORT, timeout=5)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def wait(began, wanted, *request):
    while status(*request) != wanted:
        if time.monotonic() - began > START_MAX:
            sys.exit(f'no {wanted} from {request[1]} within {START_MAX} s')
        time.sleep(0.001)
    return (time.monotonic() - began) * 1000


def token():
    with open(os.path.join(os.environ['TIDELINE_DATA_DIR'], 'admin.token')) as file:
        return file.read().strip()


def resident_kib(pid):
    with open(f'/proc/{pid}/status') as file:
        return int(next(line for line in file if line.startswith('VmRSS')).split()[1])


def once(command):
    began = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        live = wait(began, 200, 'GET', '/q/health/live')
        ready = wait(began, 200, 'GET', '/q/health/ready')
        headers = {'Authorization': f'Bearer {token()}', 'Content-Type': 'application/json'}
        published = wait(began, 201, 'POST', '/v1/channels/start:1/messages', headers, '1')
        time.sleep(3)
        return {'live_ms': live, 'ready_ms': ready, 'publish_ms': published, 'rss_mib': resident_kib(server.pid) / 1024}
    finally:
        server.terminate()
        server.wait()


def main():
    words = sys.argv[1:]
    if '--' not in words:
        sys.exit(__doc__)
    options, command = words[:words.index('--')], words[words.index('--') + 1:]
    times = int(options[options.index('-n') + 1]) if '-n' in options else 5
    os.environ['QUARKUS_HTTP_PORT'] = str(PORT)
    runs = [once(command) for _ in range(times)]
    print(json.dumps({name: round(statistics.median(run[name] for run in runs), 1) for name in runs[0]}))


main()
