#!/usr/bin/env python3
"""pages.py LABEL CHANNELS TOKENFILE: reads up to 100 messages at random places among the first 50 of random channels c0, c1 …, one request after the other,
and prints how long it took as a line of JSON. The channels must have been published to."""
import http.client
import json
import random
import sys
import time

label, channels, token = sys.argv[1], int(sys.argv[2]), open(sys.argv[3]).read().strip()
chance = random.Random(1)
connection = http.client.HTTPConnection("127.0.0.1", 8000)


def get(path):
    connection.request("GET", path, headers={"Authorization": "Bearer " + token, "Accept": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status} {body[:300]}")
    return json.loads(body)


took, messages = [], 0
for i in range(1500):
    channel = f"/v1/channels/c{chance.randrange(channels)}"
    after = get(f"{channel}/messages?after=earliest&limit={chance.randrange(1, 50)}")["next"]
    begun = time.perf_counter()
    page = get(f"{channel}/messages?after={after}&limit=100")
    if i >= 500:
        took.append(1000 * (time.perf_counter() - begun))
        messages += len(page["messages"])
took.sort()
print(json.dumps({"scenario": "pages", "peer": label, "requests": len(took), "messages": messages,
                  "p50_ms": round(took[len(took) // 2], 2), "p99_ms": round(took[len(took) * 99 // 100], 2)}))
