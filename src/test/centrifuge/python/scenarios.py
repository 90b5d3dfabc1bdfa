# SPDX-License-Identifier: Apache-2.0
"""What an application does with the published SDK, and what it must see."""

import asyncio
import json

from centrifuge import ClientState, StreamPosition
from centrifuge.exceptions import ReplyError

from stage import DURABLE, GRACE, PING, RESTART, URLS, Skipped, backend, channel, differs, in_seconds, mint, name, publish_surely

RECOVERABLE = {"recoverable": True, "positioned": True}
TEXT = 'ä € 漢字 🏳️‍🌈 \u202eעברית \u0001 \\ " \u2028 </script>'

scenarios = {}


def scenario(function):
    scenarios[function.__name__.replace("_", " ")] = function
    return function


def upto(first, last):
    return list(range(first, last + 1))


def messages(first, last, size=0):
    return [{"n": n, "pad": "x" * max(0, size - 20)} for n in upto(first, last)]


async def code(awaitable):
    try:
        await awaitable
    except ReplyError as error:
        return error.code
    raise AssertionError("was not refused")


def same(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


async def seen(subscription, many):
    await subscription.noted.until("publication", many, 60)


async def cut_off(stage, before, missed, size=0, while_away=None):
    """A subscription over a wire that was cut after `before` publications, and mended after `missed` more."""
    wire = await stage.wire()
    client = await stage.connected(url=wire.url)
    to = channel()
    subscription = await stage.subscribed(client, to, **RECOVERABLE)
    await backend.publish_all(to, messages(1, before))
    await seen(subscription, before)
    wire.cut()
    await subscription.noted.until("subscribing", 2)
    if missed:
        await backend.publish_all(to, messages(before + 1, before + missed, size))
    if while_away:
        await while_away(to)
    wire.mend()
    context = await subscription.noted.until("subscribed", 2)
    return wire, to, subscription, context


@scenario
async def connect_with_a_token(stage):
    client = await stage.connected(data=stage.encoded({"any": "thing"}), name="judge", version="1.2")
    assert client.noted.of("connected")[0].client


@scenario
async def anonymous_connection_refused(stage):
    client = stage.client(token="")
    await client.connect()
    same((await client.noted.until("disconnected")).code, 3501)


@scenario
async def invalid_token_refused(stage):
    client = stage.client(token=mint({"sub": "fred"}, "another secret"))
    await client.connect()
    same((await client.noted.until("disconnected")).code, 3500)


@scenario
async def expired_token_replaced(stage):
    tokens = [mint({"sub": "fred", "exp": in_seconds(-60)}), mint({"sub": "fred"})]

    async def get_token():
        return tokens.pop(0)

    client = stage.client(get_token=get_token)
    await client.connect()
    await client.noted.until("connected")
    same(client.noted.of("error")[0].error.code, 109)


@scenario
async def pings_keep_a_connection(stage):
    client = await stage.connected(max_server_ping_delay=1)
    await asyncio.sleep(PING * 4 + 1)
    same(client.state, ClientState.CONNECTED)
    same(len(client.noted.of("connecting")), 1)


@scenario
async def connection_token_refreshed(stage):
    asked = []

    async def get_token():
        asked.append(1)
        return mint({"sub": "fred", "exp": in_seconds(3 if len(asked) < 3 else 600)})

    client = await stage.connected(get_token=get_token)
    await client.noted.when(lambda: len(asked) == 3, "three tokens")
    await asyncio.sleep(3 + GRACE)
    same(len(client.noted.of("connecting")), 1)
    same(client.state, ClientState.CONNECTED)


@scenario
async def live_publications(stage):
    to = channel()
    client = await stage.connected()
    subscription = await stage.subscribed(client, to, **RECOVERABLE)
    context = subscription.noted.of("subscribed")[0]
    same((context.recoverable, context.positioned, context.was_recovering, context.recovered), (True, True, False, False))
    same(context.stream_position.offset, 0)
    assert context.stream_position.epoch
    await backend.publish(to, {"text": "one"}, tags={"lang": "en"})
    await backend.publish(to, ["two"])
    await seen(subscription, 2)
    one, two = (noted.pub for noted in subscription.noted.of("publication"))
    same((one.offset, two.offset, one.tags), (1, 2, {"lang": "en"}))
    same(one.info is not None, differs("senders are users"))
    same(stage.data(subscription), [{"text": "one"}, ["two"]])


@scenario
async def publications_without_history(stage):
    to = channel("live")
    subscription = await stage.subscribed(await stage.connected(), to, **RECOVERABLE)
    same(subscription.noted.of("subscribed")[0].recoverable, False)
    await backend.publish(to, {"text": "one"})
    await seen(subscription, 1)
    same(subscription.noted.of("publication")[0].pub.offset, 0)


@scenario
async def publish_with_sender_info(stage):
    to = channel()
    fred = await stage.connected(claims={"info": {"name": "Frédéric"}})
    heard = await stage.subscribed(await stage.connected(), to)
    subscription = await stage.subscribed(fred, to, data=stage.encoded({"since": [1]}))
    await subscription.publish(stage.encoded({"text": "hello"}))
    await fred.publish(to, stage.encoded("again"))
    await seen(heard, 2)
    same(stage.data(heard), [{"text": "hello"}, "again"])
    info = heard.noted.of("publication")[0].pub.info
    same((info.user, info.client), (fred.user, fred.noted.of("connected")[0].client))
    if not differs("senders are users"):
        same(stage.decoded(info.conn_info), {"name": "Frédéric"})


@scenario
async def unicode(stage):
    to = channel()
    client = await stage.connected(user=name("Jürgen 🙂"))
    subscription = await stage.subscribed(client, to)
    await backend.publish(to, {TEXT: TEXT})
    await subscription.publish(stage.encoded(TEXT))
    await seen(subscription, 2)
    same(stage.data(subscription), [{TEXT: TEXT}, TEXT])
    same(subscription.noted.of("publication")[1].pub.info.user, client.user)


@scenario
async def binary_payloads(stage):
    if not stage.is_binary:
        raise Skipped("JSON has none")
    to = channel()
    data = bytes(range(256)) * 4
    subscription = await stage.subscribed(await stage.connected(), to)
    await backend.publish_bytes(to, data)
    await subscription.publish(data)
    await seen(subscription, 2)
    for noted in subscription.noted.of("publication"):
        same(noted.pub.data, data)


@scenario
async def history(stage):
    to = channel()
    await backend.publish_all(to, messages(1, 10))
    subscription = await stage.subscribed(await stage.connected(), to)

    async def asked(**options):
        found = await subscription.history(**options)
        same(found.offset, 10)
        return [(pub.offset, stage.decoded(pub.data)["n"]) for pub in found.publications]

    def pairs(*numbers):
        return [(n, n) for n in numbers]

    epoch = (await subscription.history(limit=0)).epoch
    same(await asked(limit=0), [])
    same(await asked(limit=-1), pairs(*upto(1, 10)))
    same(await asked(limit=3), pairs(1, 2, 3))
    same(await asked(limit=3, since=StreamPosition(8, epoch)), pairs(9, 10))
    same(await asked(limit=3, reverse=True), pairs(10, 9, 8))
    same(await asked(limit=9, since=StreamPosition(3, epoch), reverse=True), pairs(2, 1))
    same(await code(subscription.history(limit=1, since=StreamPosition(1, "another"))), 112)


@scenario
async def presence(stage):
    to = channel()
    fred = await stage.connected(claims={"info": {"name": "Fred"}})
    subscription = await stage.subscribed(fred, to)
    await stage.subscribed(await stage.connected(user=fred.user), to)
    await stage.subscribed(await stage.connected(), to)
    clients = (await subscription.presence()).clients
    same(len(clients), 3)
    member = clients[fred.noted.of("connected")[0].client]
    same((member.user, stage.decoded(member.conn_info)), (fred.user, {"name": "Fred"}))
    stats = await subscription.presence_stats()
    same((stats.num_clients, stats.num_users), (3, 2))


@scenario
async def join_and_leave(stage):
    to = channel()
    watcher = await stage.subscribed(await stage.connected(), to, join_leave=True)
    fred = await stage.connected(claims={"info": {"name": "Fred"}})
    subscription = await stage.subscribed(fred, to)

    def of_fred(event):
        return lambda: [context.info for context in watcher.noted.of(event) if context.info.user == fred.user]

    (info,) = await watcher.noted.when(of_fred("join"), "join of Fred")
    same((info.client, stage.decoded(info.conn_info)), (fred.noted.of("connected")[0].client, {"name": "Fred"}))
    await subscription.unsubscribe()
    await watcher.noted.when(of_fred("leave"), "leave of Fred")


@scenario
async def unsubscribe_and_come_back(stage):
    to = channel()
    subscription = await stage.subscribed(await stage.connected(), to, **RECOVERABLE)
    await backend.publish_all(to, messages(1, 2))
    await seen(subscription, 2)
    await subscription.unsubscribe()
    await subscription.noted.until("unsubscribed")
    await backend.publish_all(to, messages(3, 5))
    await subscription.subscribe()
    await seen(subscription, 5)
    same(stage.numbers(subscription), upto(1, 5))


@scenario
async def hundred_channels_at_once(stage):
    client = stage.client()
    all_of_them = [channel() for _ in range(100)]
    subscriptions = [await stage.subscription(client, to, **RECOVERABLE) for to in all_of_them]
    await client.connect()
    for subscription in subscriptions:
        await subscription.noted.until("subscribed")
    for to in all_of_them:
        await backend.publish(to, to)
    for to, subscription in zip(all_of_them, subscriptions):
        await seen(subscription, 1)
        same(stage.data(subscription), [to])


@scenario
async def server_side_subscription(stage):
    wire = await stage.wire()
    to = channel()
    client = await stage.connected(url=wire.url, claims={"channels": [to]})
    context = await client.noted.until("subscribed")
    same((context.channel, context.recoverable), (to, True))
    await backend.publish_all(to, messages(1, 3))
    await seen(client, 3)
    wire.cut()
    await client.noted.until("connecting", 2)
    await backend.publish_all(to, messages(4, 203))
    wire.mend()
    if not differs("server-side by push"):
        same((await client.noted.until("subscribed", 2)).recovered, True)
    await seen(client, 203)
    await backend.publish_all(to, messages(204, 204))
    await seen(client, 204)
    same(stage.numbers(client), upto(1, 204))


@scenario
async def recovery_of_nothing(stage):
    _, to, subscription, context = await cut_off(stage, 2, 0)
    same((context.was_recovering, context.recovered), (True, True))
    await backend.publish_all(to, messages(3, 3))
    await seen(subscription, 3)
    same(stage.numbers(subscription), [1, 2, 3])


@scenario
async def recovery_of_a_few(stage):
    _, to, subscription, context = await cut_off(stage, 3, 7)
    same((context.was_recovering, context.recovered), (True, True))
    await seen(subscription, 10)
    await backend.publish_all(to, messages(11, 12))
    await seen(subscription, 12)
    same(stage.numbers(subscription), upto(1, 12))
    same([noted.pub.offset for noted in subscription.noted.of("publication")], upto(1, 12))


@scenario
async def recovery_of_two_thousand(stage):
    _, to, subscription, context = await cut_off(stage, 5, 2000, 200)
    same((context.was_recovering, context.recovered), (True, True))
    # What is published meanwhile comes behind what was missed.
    await backend.publish_all(to, messages(2006, 2105))
    await seen(subscription, 2105)
    await asyncio.sleep(0.5)
    same(stage.numbers(subscription), upto(1, 2105))


@scenario
async def cut_again_while_recovering(stage):
    wire, _, subscription, _ = await cut_off(stage, 1, 3000, 200)
    for many in (200, 900):
        await seen(subscription, many)
        times = len(subscription.noted.of("subscribed"))
        wire.cut()
        await asyncio.sleep(0.1)
        wire.mend()
        same((await subscription.noted.until("subscribed", times + 1)).recovered, True)
    await seen(subscription, 3001)
    await asyncio.sleep(0.5)
    same(stage.numbers(subscription), upto(1, 3001))


@scenario
async def recovery_from_what_is_no_longer_kept(stage):
    _, to, subscription, context = await cut_off(stage, 3, 5, while_away=backend.forget)
    same((context.was_recovering, context.recovered), (True, False))
    await backend.publish(to, {"n": 9})
    await seen(subscription, 4)
    same(stage.numbers(subscription), [1, 2, 3, 9])


@scenario
async def state_loaded_where_recovery_is_impossible(stage):
    to = channel()
    await backend.publish_all(to, messages(1, 3))
    known = await stage.subscribed(await stage.connected(), to, **RECOVERABLE)
    epoch = known.noted.of("subscribed")[0].stream_position.epoch
    positions = [StreamPosition(1, "another"), StreamPosition(2, epoch)]

    async def get_state(_):
        return positions.pop(0)

    subscription = await stage.subscribed(await stage.connected(), to, get_state=get_state, **RECOVERABLE)
    await seen(subscription, 1)
    same(positions, [])
    same(stage.numbers(subscription), [3])


@scenario
async def subscription_token(stage):
    to = channel("secret")
    client = await stage.connected()

    async def get_token(asked):
        return mint({"sub": client.user, "channel": asked, "info": {"role": "guest"}})

    subscription = await stage.subscribed(client, to, get_token=get_token)
    await backend.publish(to, 1)
    await seen(subscription, 1)
    await subscription.publish(stage.encoded(2))
    await seen(subscription, 2)
    same(stage.data(subscription), [1, 2])
    if not differs("senders are users"):
        same(stage.decoded(subscription.noted.of("publication")[1].pub.info.chan_info), {"role": "guest"})


@scenario
async def subscription_token_refreshed(stage):
    to = channel("secret")
    client = await stage.connected()
    asked = []

    async def get_token(_):
        asked.append(1)
        return mint({"sub": client.user, "channel": to, "exp": in_seconds(3 if len(asked) < 3 else 600)})

    subscription = await stage.subscribed(client, to, get_token=get_token)
    await subscription.noted.when(lambda: len(asked) == 3, "three tokens")
    await asyncio.sleep(3 + GRACE)
    same(len(subscription.noted.of("subscribing")), 1)
    await backend.publish(to, 1)
    await seen(subscription, 1)


@scenario
async def subscription_token_expired(stage):
    to = channel("secret")
    client = await stage.connected()
    tokens = [mint({"sub": client.user, "channel": to, "exp": in_seconds(-60)}), mint({"sub": client.user, "channel": to})]

    async def get_token(_):
        return tokens.pop(0)

    subscription = await stage.subscribed(client, to, get_token=get_token)
    same(tokens, [])
    same(subscription.noted.of("error")[0].error.code, 109)


@scenario
async def subscription_token_of_another_channel(stage):
    client = await stage.connected()
    token = mint({"sub": client.user, "channel": channel("secret")})
    subscription = await stage.subscription(client, channel("secret"), token=token)
    if differs("foreign token is an error"):
        same((await subscription.noted.until("unsubscribed")).code, 103)
    else:
        same((await client.noted.until("disconnected")).code, 3500)


@scenario
async def subscription_denied(stage):
    client = await stage.connected()
    subscription = await stage.subscription(client, channel("secret"))
    same((await subscription.noted.until("unsubscribed")).code, 103)
    same(client.state, ClientState.CONNECTED)


@scenario
async def publish_denied(stage):
    client = await stage.connected()
    subscription = await stage.subscribed(client, channel("readonly"))
    same(await code(subscription.publish(stage.encoded(1))), 103)
    unsubscribed = client.publish(channel(), stage.encoded(1))
    if differs("rights by pattern"):
        await unsubscribed
    else:
        same(await code(unsubscribed), 103)


@scenario
async def unknown_namespace(stage):
    subscription = await stage.subscription(await stage.connected(), channel("nowhere"))
    same((await subscription.noted.until("unsubscribed")).code, 103 if differs("unknown is forbidden") else 102)


@scenario
async def history_and_presence_not_there(stage):
    subscription = await stage.subscribed(await stage.connected(), channel("live"))
    same(await code(subscription.history(limit=1)), 108)
    same(await code(subscription.presence()), 108)
    same(await code(subscription.presence_stats()), 108)


@scenario
async def call_that_nobody_answers(stage):
    client = await stage.connected()
    same(await code(client.rpc("any", stage.encoded({}))), 104)


@scenario
async def too_large_a_publication(stage):
    client = await stage.connected()
    subscription = await stage.subscribed(client, channel())
    try:
        await subscription.publish(stage.encoded("x" * 200_000))
        raise AssertionError("was not refused")
    except ReplyError as error:
        raise AssertionError(f"was answered {error}") from error
    except Exception as lost:  # The SDK reconnects after 1009, other than that of JavaScript.
        assert not isinstance(lost, AssertionError), lost
    await client.noted.until("connected", 2)
    same(client.noted.of("connecting")[1].code, 3)


@scenario
async def unsubscribed_by_the_server(stage):
    to = channel()
    client = await stage.connected()
    subscription = await stage.subscribed(client, to)
    await backend.unsubscribe(client.user, to)
    same((await subscription.noted.until("unsubscribed")).code, 2000)
    same(client.state, ClientState.CONNECTED)


@scenario
async def disconnected_by_the_server_for_now(stage):
    client = await stage.connected()
    subscription = await stage.subscribed(client, channel(), **RECOVERABLE)
    await backend.disconnect(client.user, 4001, "moved")
    context = await client.noted.until("connecting", 2)
    same((context.code, context.reason), (4001, "moved"))
    await client.noted.until("connected", 2)
    same((await subscription.noted.until("subscribed", 2)).recovered, True)


@scenario
async def disconnected_by_the_server_for_good(stage):
    client = await stage.connected()
    await backend.disconnect(client.user, 4501, "banned")
    context = await client.noted.until("disconnected")
    same((context.code, context.reason), (4501, "banned"))


@scenario
async def two_nodes(stage):
    if len(URLS) < 2:
        raise Skipped("CENTRIFUGE_URL names one node")
    to = channel()
    here = await stage.subscribed(await stage.connected(url=URLS[0]), to, join_leave=True, **RECOVERABLE)
    there = await stage.connected(url=URLS[1])
    subscription = await stage.subscribed(there, to, **RECOVERABLE)
    await here.noted.when(lambda: [c for c in here.noted.of("join") if c.info.user == there.user], "join on the other node")
    await subscription.publish(stage.encoded({"n": 1}))
    await backend.publish(to, {"n": 2})
    for heard in (here, subscription):
        await seen(heard, 2)
        same(stage.numbers(heard), [1, 2])
        same((await heard.presence_stats()).num_clients, 2)
    await there.disconnect()
    await here.noted.when(lambda: [c for c in here.noted.of("leave") if c.info.user == there.user], "leave on the other node")


@scenario
async def node_killed_while_a_thousand_are_published(stage):
    if not RESTART:
        raise Skipped("CENTRIFUGE_RESTART is not set")
    to = channel()
    client = await stage.connected(max_server_ping_delay=3)
    subscription = await stage.subscribed(client, to, **RECOVERABLE)
    for message in messages(1, 1000):
        if message["n"] == 200:
            restarted = await asyncio.create_subprocess_shell(RESTART)
        await publish_surely(to, message)
    same(await restarted.wait(), 0)
    context = await subscription.noted.until("subscribed", 2, 60)
    await subscription.noted.when(lambda: stage.numbers(subscription)[-1:] == [1000], "the last message", 60)
    found = stage.numbers(subscription)
    assert all(one < other for one, other in zip(found, found[1:])), f"not once and in order: {json.dumps(found)}"
    if DURABLE or context.recovered:
        same(context.recovered, True)
        same(found, upto(1, 1000))
