# SPDX-License-Identifier: Apache-2.0
"""What scenarios play with: settings, tokens, the backend, a wire that can be cut, clients whose events are noted."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import os
import pathlib
import random
import string
import time
import urllib.error
import urllib.parse
import urllib.request

import centrifuge

SEEN_MAX_SECONDS = 20
LOOK_SECONDS = 0.02
API_BATCH_MAX = 500
TIDELINE_BATCH_MAX = 500

env = os.environ.get
URLS = env("CENTRIFUGE_URL", "ws://127.0.0.1:7600/connection/websocket").split(",")
HTTP = env("CENTRIFUGE_HTTP", "http://127.0.0.1:7600")
SECRET = env("CENTRIFUGE_SECRET", "secret")
CLAIMS = json.loads(env("CENTRIFUGE_CLAIMS", "{}"))
SERVER = env("CENTRIFUGE_SERVER", "reference")
BACKEND = env("CENTRIFUGE_BACKEND", "api")
API_KEY = env("CENTRIFUGE_API_KEY", "" if BACKEND == "tideline" else "test-api-key")
RESTART = env("CENTRIFUGE_RESTART", "")
DURABLE = env("CENTRIFUGE_DURABLE") == "true"
PING = float(env("CENTRIFUGE_PING", "2"))
GRACE = float(env("CENTRIFUGE_GRACE", "5"))

RUN = "".join(random.choices(string.ascii_lowercase, k=6))
COUNT = itertools.count(1)


DIFFERENCES = json.loads((pathlib.Path(__file__).parent.parent / "differences.json").read_text(encoding="utf-8"))


def differs(how):
    """Whether the server differs so from the reference, as differences.json lists it."""
    assert how in DIFFERENCES, how
    return SERVER == "tideline"


class Skipped(Exception):
    """Says that a scenario can't be played here, and why."""


def name(prefix="user"):
    """A name that nobody else has."""
    return f"{prefix}-{RUN}-{next(COUNT)}"


def channel(namespace="chat"):
    return name(f"{namespace}:judge")


def in_seconds(seconds):
    return int(time.time()) + seconds


def mint(claims, secret=SECRET):
    """A token with these claims, signed with HS256 (RFC 7519)."""

    def encoded(part):
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    signed = encoded(b'{"alg":"HS256","typ":"JWT"}') + b"." + encoded(json.dumps({**CLAIMS, **claims}).encode())
    return (signed + b"." + encoded(hmac.new(secret.encode(), signed, hashlib.sha256).digest())).decode()


def _request(method, path, headers, body):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(HTTP + path, data, {"Content-Type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


class ServerApi:
    """Centrifugo's server API, as far as the judges need it."""

    async def call(self, method, body):
        if not API_KEY:
            raise Skipped(f"the backend has no server API for {method}")
        answer = await asyncio.to_thread(_request, "POST", f"/api/{method}", {"X-API-Key": API_KEY}, body)
        if answer.get("error"):
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    async def publish(self, to, data, tags=None, key=None):
        await self.call("publish", {"channel": to, "data": data, "tags": tags or {}, "idempotency_key": key or ""})

    async def publish_bytes(self, to, data):
        await self.call("publish", {"channel": to, "b64data": base64.b64encode(data).decode()})

    async def publish_all(self, to, messages):
        for at in range(0, len(messages), API_BATCH_MAX):
            commands = [{"publish": {"channel": to, "data": data}} for data in messages[at : at + API_BATCH_MAX]]
            replies = (await self.call("batch", {"commands": commands}))["replies"]
            assert not any(reply.get("error") for reply in replies), replies

    async def forget(self, of):
        """Removes everything that was published to the channel."""
        await self.call("history_remove", {"channel": of})

    async def unsubscribe(self, user, of):
        await self.call("unsubscribe", {"user": user, "channel": of})

    async def disconnect(self, user, code, reason):
        await self.call("disconnect", {"user": user, "disconnect": {"code": code, "reason": reason}})


class Tideline(ServerApi):
    """Tideline's own interface for publishing; for what it hasn't, the server API of the door, if there is one."""

    def __init__(self):
        self._headers = {"Authorization": f"Bearer {env('CENTRIFUGE_BEARER', '')}"}
        self._last = {}

    async def publish(self, to, data, tags=None, key=None):
        optional = {"headers": tags, "key": key}
        await self._publish([{"channel": to, "data": data, **{k: v for k, v in optional.items() if v}}])

    async def publish_bytes(self, to, data):
        await self._publish([{"channel": to, "data_base64": base64.b64encode(data).decode()}])

    async def publish_all(self, to, messages):
        for at in range(0, len(messages), TIDELINE_BATCH_MAX):
            await self._publish([{"channel": to, "data": data} for data in messages[at : at + TIDELINE_BATCH_MAX]])

    async def _publish(self, items):
        results = (await asyncio.to_thread(_request, "POST", "/v1/messages", self._headers, items))["results"]
        refused = [result for result in results if result["status"] >= 300]
        assert not refused, refused
        self._last[results[-1]["channel"]] = results[-1].get("position")

    async def forget(self, of):
        path = f"/v1/channels/{of}/messages?through={urllib.parse.quote(self._last[of])}"
        await asyncio.to_thread(_request, "DELETE", path, self._headers, None)


backend = Tideline() if BACKEND == "tideline" else ServerApi()


async def publish_surely(to, message):
    """Publishes until it is answered; the key makes a repetition harmless."""
    deadline = time.monotonic() + 60
    while True:
        try:
            await backend.publish(to, message, key=f"message-{message['n']}")
            return
        except (OSError, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


class Wire:
    """A stretch of wire before a node, which can be cut and mended."""

    def __init__(self, url):
        self._to = urllib.parse.urlsplit(url)
        self._writers = set()
        self._carrying = set()
        self._is_cut = False

    async def open(self):
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{self._to.path}"
        return self

    async def _carry(self, near_reader, near_writer):
        if self._is_cut:
            near_writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._writers |= {near_writer, far_writer}
        self._carrying.add(asyncio.current_task())
        await asyncio.gather(self._pipe(near_reader, far_writer), self._pipe(far_reader, near_writer))

    async def _pipe(self, reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    def cut(self):
        """Ends what is connected; until it is mended, new connections end, too."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    def mend(self):
        self._is_cut = False

    async def close(self):
        self.cut()
        self._server.close()
        await asyncio.gather(*self._carrying, return_exceptions=True)


class Events:
    """What a client or a subscription told, in order: pairs of a name and a context."""

    def __init__(self):
        self.all = []

    def __getattr__(self, attribute):
        if not attribute.startswith("on_"):
            raise AttributeError(attribute)

        async def note(context):
            self.all.append((attribute[3:], context))

        return note

    def of(self, event):
        return [context for noted, context in self.all if noted == event]

    async def until(self, event, times=1, seconds=SEEN_MAX_SECONDS):
        """The last event of this name, as soon as there are so many."""
        await self.when(lambda: len(self.of(event)) >= times, f"{times} × {event}", seconds)
        return self.of(event)[-1]

    async def when(self, condition, description, seconds=SEEN_MAX_SECONDS):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not seen in {seconds} s: {description}; last were {self.all[-5:]}")
            await asyncio.sleep(LOOK_SECONDS)
        return found


class Stage:
    """Clients in one encoding; what was made here goes when the scenario is over."""

    def __init__(self, encoding):
        self.is_binary = encoding == "protobuf"
        self._clients = []
        self._wires = []

    def encoded(self, value):
        return json.dumps(value).encode() if self.is_binary else value

    def decoded(self, data):
        return json.loads(data) if self.is_binary and data is not None else data

    def client(self, user=None, claims=None, url=URLS[0], **options):
        """A client that is not connected yet; `events` is what it told."""
        user = user or name()
        if "token" not in options and "get_token" not in options:
            options["token"] = mint({"sub": user, **(claims or {})})
        events = Events()
        delays = {"min_reconnect_delay": 0.05, "max_reconnect_delay": 0.5, "timeout": 10.0}
        client = centrifuge.Client(url, events, use_protobuf=self.is_binary, **{**delays, **options})
        client.user = user
        client.noted = events
        self._clients.append(client)
        return client

    async def connected(self, **options):
        client = self.client(**options)
        await client.connect()
        await client.noted.until("connected")
        return client

    async def subscription(self, client, to, **options):
        """A subscription that is not subscribed yet; `noted` is what it told."""
        events = Events()
        delays = {"min_resubscribe_delay": 0.05, "max_resubscribe_delay": 0.5}
        subscription = client.new_subscription(to, events, **{**delays, **options})
        subscription.noted = events
        await subscription.subscribe()
        return subscription

    async def subscribed(self, client, to, **options):
        subscription = await self.subscription(client, to, **options)
        await subscription.noted.until("subscribed")
        return subscription

    def data(self, source):
        return [self.decoded(context.pub.data) for context in source.noted.of("publication")]

    def numbers(self, source):
        return [data["n"] for data in self.data(source)]

    async def wire(self):
        wire = await Wire(URLS[0]).open()
        self._wires.append(wire)
        return wire

    async def close(self):
        for client in self._clients:
            await client.disconnect()
        for wire in self._wires:
            await wire.close()
