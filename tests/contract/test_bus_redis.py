"""Live events between hubs over a real Redis: everything once and in order, gaps are noticed, and
what agents and customers see is the same at every hub.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.bus.redis import RedisBus
from hub.clock import SystemClock
from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.events import (
    ConversationChanged,
    Event,
    MessageChanged,
    ReaderTyping,
    SettingsChanged,
)
from hub.model.ids import local
from hub.model.message import Author, Message
from hub.services import bus_watch, follow_up
from hub.services.conversations import Reply, Route
from hub.tasks import Tasks
from hub.web.reply_input import present_ways, targets_of
from tests.support.core import Core
from tests.support.loop_channel import chat_from, mail_from
from tests.support.real_hub import JumpingClock
from tests.support.redis_server import RedisServer, running_redis
from tests.support.two_hubs import Town, town_of, until

WORKSPACE = "abcdefgh"


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with running_redis() as server:
        yield server


class Side:
    """One hub's bus, and what it heard."""

    def __init__(self, url: str, tasks: Tasks, channel: str = "test") -> None:
        self.bus = RedisBus(url, channel, SystemClock(), tasks)
        self.heard: list[Event] = []
        self.bus.subscribe(lambda workspace, event: self.heard.append(event))
        _ = tasks.spawn("bus", self.bus.run())

    async def is_up(self) -> bool:
        return self.bus.is_up

    async def is_down(self) -> bool:
        return not self.bus.is_up


@asynccontextmanager
async def sides(server: RedisServer, *channels: str) -> AsyncIterator[list[Side]]:
    tasks = Tasks()
    found = [Side(server.url, tasks, channel) for channel in channels]
    for side in found:
        await until(side.is_up)
    try:
        yield found
    finally:
        await tasks.close()


def _mark(number: int) -> SettingsChanged:
    return SettingsChanged(what=str(number))


async def test_events_arrive_once_in_order_and_first_here(redis: RedisServer) -> None:
    async with sides(redis, "a", "a", "b") as (one, two, stranger):
        for number in range(500):
            one.bus.publish(WORKSPACE, _mark(number))
            assert len(one.heard) == number + 1, "delivered here before publish returns"

        async def has_all() -> bool:
            return len(two.heard) >= 500

        await until(has_all)
        two.bus.publish(WORKSPACE, _mark(500))

        async def is_back() -> bool:
            return len(one.heard) >= 501

        await until(is_back)
        assert one.heard == two.heard == [_mark(number) for number in range(501)]
        assert stranger.heard == []


async def test_structs_come_through_whole(redis: RedisServer) -> None:
    conversation = Conversation(
        id=f"{WORKSPACE}.c", contact_id=f"{WORKSPACE}.p", home="h", inbox_id="i", channel="x",
        join_group="main", labels=["ğ", "ł"],
    )  # fmt: skip
    message = Message(
        id=f"{WORKSPACE}.c.0000000001", conversation_id=conversation.id, seq=1, kind="message",
        direction="in", author=Author("contact"), at=1, text="Merhaba", details={"n": [1, {}]},
    )  # fmt: skip
    events: list[Event] = [
        ConversationChanged(conversation=conversation, before=conversation),
        MessageChanged(message=message, conversation=conversation),
        ReaderTyping(conversation=conversation, is_typing=True),
    ]
    async with sides(redis, "a", "a") as (one, two):
        for event in events:
            one.bus.publish(WORKSPACE, event)

        async def has_all() -> bool:
            return len(two.heard) >= len(events)

        await until(has_all)
        assert two.heard == events


async def test_a_lost_connection_is_noticed_and_comes_back(redis: RedisServer) -> None:
    async with sides(redis, "a", "a") as (one, two):
        await redis.kill()
        for side in (one, two):
            await until(side.is_down)
            assert side.bus.losses == 1
        one.bus.publish(WORKSPACE, _mark(1))
        assert one.heard == [_mark(1)], "here everything goes on"
        await redis.start()
        for side in (one, two):
            await until(side.is_up)
        one.bus.publish(WORKSPACE, _mark(2))

        async def has_come() -> bool:
            return bool(two.heard)

        await until(has_come)
        assert two.heard == [_mark(2)], "what was published into the gap is not kept"


async def test_a_gap_makes_clients_load_anew_until_it_is_over(
    tmp_path: Path, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_watch, "EVERY_S", 0.6)
    async with town_of(tmp_path, 2, redis_url=redis.url) as town:
        first, second = town.hubs
        await until(lambda: _is_whole(town))
        await asyncio.sleep(1.5)
        epochs = [core.hub.services.live.epoch for core in town.hubs]
        await asyncio.sleep(1.5)
        assert [core.hub.services.live.epoch for core in town.hubs] == epochs, "all is well"
        await redis.kill()
        for core in (first, second):
            for _ in range(2):
                await until(_renewed(core, core.hub.services.live.epoch))
        await redis.start()
        await until(lambda: _is_whole(town))

        async def is_quiet() -> bool:
            before = [core.hub.services.live.epoch for core in town.hubs]
            await asyncio.sleep(1.5)
            return before == [core.hub.services.live.epoch for core in town.hubs]

        await until(is_quiet)


def _renewed(core: Core, epoch: str):  # type: ignore[no-untyped-def]
    async def is_so() -> bool:
        return core.hub.services.live.epoch != epoch

    return is_so


async def _is_whole(town: Town) -> bool:
    return all(core.hub.cluster.watch.is_whole for core in town.hubs)


async def test_a_customer_sees_what_the_other_hub_sends(tmp_path: Path, redis: RedisServer) -> None:
    """Whoever owns the lane sends; the page is open at one hub only, and both mirror to it."""
    async with town_of(tmp_path, 2, redis_url=redis.url) as town:
        first, second = town.hubs
        await until(lambda: _is_whole(town))
        inbox = first.inboxes["chat"]
        await first.wire.receive(inbox.id, chat_from(inbox.id, "v1", "Hi", "e1"))

        async def has_conversation() -> bool:
            return len(await first.messages()) == 1

        await until(has_conversation)
        [conversation] = await first.conversations()
        route = Route(
            inbox,
            second.hub.services.inboxes.capabilities(inbox),
            Address("visitor", "v1", inbox.id),
        )
        verbs = second.hub.services.conversations
        await verbs.reply(second.agent(), conversation, Reply(client_id="c", text="Hello"), route)
        for core in (first, second):

            async def is_shown(core: Core = core) -> bool:
                return any(m.text == "Hello" for m in core.wire.shown)

            await until(is_shown)


async def test_who_reads_along_at_another_hub_gets_no_mail(
    tmp_path: Path, redis: RedisServer
) -> None:
    clock = JumpingClock()
    async with town_of(tmp_path, 2, clock, redis_url=redis.url) as town:
        await until(lambda: _is_whole(town))
        for core in town.hubs:
            presence = core.hub.cluster.presence
            other = next(hub for hub in town.hubs if hub is not core)
            to = Address("visitor", "v1", core.inboxes["chat"].id)
            assert await presence.is_present(to.scope, to) is False
            other.wire.present = {"v1"}
            assert await presence.is_present(to.scope, to) is True
            other.wire.present = set()
        await redis.kill()
        for core in town.hubs:

            async def is_torn(core: Core = core) -> bool:
                return not core.hub.cluster.watch.is_whole

            await until(is_torn)
            assert await core.hub.cluster.presence.is_present(to.scope, to) is None
        assert follow_up.DEFAULT_MINUTES > 0


async def test_the_composer_knows_who_reads_along_at_another_hub(
    tmp_path: Path, redis: RedisServer
) -> None:
    async with town_of(tmp_path, 2, redis_url=redis.url) as town:
        await until(lambda: _is_whole(town))
        first, second = town.hubs
        inbox = first.inboxes["chat"]
        await first.wire.receive(inbox.id, chat_from(inbox.id, "v1", "Hi", "e1"))

        async def has_conversation() -> bool:
            return len(await first.messages()) == 1

        await until(has_conversation)
        [conversation] = await first.conversations()
        second.wire.present = {"v1"}
        for core in town.hubs:
            services = core.hub.services
            [target] = [t for t in await targets_of(services, conversation) if t.is_present]
            assert (target.channel, target.inbox_id) == ("chat", local(inbox.id))
            ways = await present_ways(services, await services.ways.of(conversation))
            assert {way.inbox.channel: is_there for way, is_there in ways if is_there} == {
                "chat": True
            }
        second.wire.present = set()
        for core in town.hubs:
            targets = await targets_of(core.hub.services, conversation)
            assert not any(target.is_present for target in targets)


async def test_everybodys_no_is_an_answer(tmp_path: Path, redis: RedisServer) -> None:
    """Nobody waits for the end of a time in which somebody might still say yes."""
    async with town_of(tmp_path, 3, redis_url=redis.url) as town:
        await until(lambda: _is_whole(town))
        to = Address("visitor", "v1", town.hubs[0].inboxes["chat"].id)
        for core in town.hubs:
            presence = core.hub.cluster.presence
            async with asyncio.timeout(60):
                assert await presence.is_present(to.scope, to, patience_s=600) is False


async def test_order_holds_without_redis_too(tmp_path: Path, redis: RedisServer) -> None:
    async with town_of(tmp_path, 2, redis_url=redis.url) as town:
        await until(lambda: _is_whole(town))
        await redis.kill()
        for number in range(6):
            core = town.hubs[number % 2]
            event = mail_from("ann@shop.example", f"{number}", f"m{number}")
            await core.wire.receive(core.inboxes["mail"].id, event)

        async def are_there() -> bool:
            return len(await town.hubs[0].messages()) == 6

        await until(are_there)
        texts = [message.text for message in await town.hubs[0].messages()]
        assert texts == [str(number) for number in range(6)]
