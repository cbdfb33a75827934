"""A Viber inbox against the stand-in, over real HTTP in both directions."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
import pytest

from channels.viber.adapter import Adapter
from channels.viber.config import SPEC, Settings, check
from channels.viber.standin import TOKEN, StandIn
from hub.errors import (
    AuthFailed,
    BadInput,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RecipientUnreachable,
    SendError,
    TransientFailure,
)
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from hub.ports.inbound import (
    DeliveryReported,
    Ignored,
    MediaRef,
    MessageReceived,
    ReachabilityChanged,
)
from hub.services.inbox_config import check_config
from hub.standin import Fault
from tests.channels.viber.test_render import check as check_call
from tests.support.adapter_context import MemoryContext
from tests.support.channel_hook import Hook, hook_of, served
from tests.support.channel_sample import text_to

SOMEBODY = "01234567890A="


@dataclass
class World:
    """An inbox that has started, its stand-in, and the hub's hook between them."""

    ctx: MemoryContext
    adapter: Adapter
    vendor: StandIn
    hook: Hook
    base: str
    http: aiohttp.ClientSession

    @property
    def to(self) -> Address:
        return Address("handle", SOMEBODY, self.ctx.inbox.id)

    async def customer(self, path: str, **what: Any) -> None:
        body = {"address": SOMEBODY, **what}
        async with self.http.post(f"{self.base}/_customer/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()

    def fault(self, kind: Any, **more: Any) -> None:
        self.vendor.desk.faults.append(Fault(kind=kind, path="send_message", **more))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    ctx = MemoryContext({})
    vendor = StandIn(ctx.clock, check=check_call)
    async with (
        served(vendor.app()) as base,
        hook_of(ctx) as hook,
        aiohttp.ClientSession() as http,
    ):
        config = check_config(SPEC, {"token": TOKEN, "api_base": base, "uri": "shop"})
        ctx.inbox = msgspec.structs.replace(ctx.inbox, config=config, public_url=hook.url)
        adapter = hook.adapter = Adapter(ctx)
        await adapter.start()
        await ctx.until(lambda: ("connected", "") in ctx.states)
        yield World(ctx, adapter, vendor, hook, base, http)
        await adapter.stop()
        await ctx.http.close()
        assert ctx.tasks.names() == []


async def test_starting_sets_the_webhook_which_viber_tries(world: World) -> None:
    paths = [entry.path for entry in world.vendor.desk.ledger]
    assert paths == ["/pa/get_account_info", "/pa/set_webhook"]
    assert world.vendor.url == world.hook.url + world.ctx.inbox.hook_path
    assert world.ctx.events == [Ignored(reason="webhook_check")]
    headers = world.vendor.desk.ledger[1].headers
    assert headers["x-viber-auth-token"] == TOKEN
    await world.adapter.start()
    assert len(world.vendor.desk.ledger) == 2


async def test_a_text_goes_out_and_its_statuses_come_back(world: World) -> None:
    result = await world.adapter.send(text_to(world.to, "Dzień dobry"))
    assert result.provider_ids == world.vendor.desk.accepted
    await world.customer("read")
    told = [e for e in world.ctx.events if isinstance(e, DeliveryReported)]
    assert [e.delivery for e in told] == ["delivered", "read"]
    assert {e.provider_id for e in told} == set(result.provider_ids)


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [("a.jpg", "image/jpeg", "picture"), ("a.mp4", "video/mp4", "video"),
     ("a.pdf", "application/pdf", "file"), ("a.ogg", "audio/ogg", "file")],
)  # fmt: skip
async def test_each_kind_of_file_goes_out(
    world: World, name: str, media_type: str, kind: str
) -> None:
    file = Attachment(file_id="file0", name=name, media_type=media_type, size_bytes=9)
    await world.adapter.send(text_to(world.to, "", attachments=[file]))
    _, body = world.vendor.messages[-1]
    assert body["type"] == kind
    assert body["media"].startswith(f"{world.hook.url}/files/file0/")
    assert TOKEN not in body["media"]


async def test_a_button_that_is_pressed_comes_back_with_its_payload(world: World) -> None:
    replies = [QuickReply("Track it", "track:7"), QuickReply("No")]
    await world.adapter.send(text_to(world.to, "More?", quick_replies=replies))
    await world.customer("messages", payload="track:7")
    await world.customer("messages", payload="No")
    pressed = [e for e in world.ctx.events if isinstance(e, MessageReceived)]
    assert [(e.text, e.payload) for e in pressed] == [("Track it", "track:7"), ("No", "")]


async def test_what_customers_send_comes_in(world: World) -> None:
    data = base64.b64encode(b"\xff\xd8picture").decode()
    file = {"name": "kot.jpg", "media_type": "image/jpeg", "data": data}
    await world.customer("messages", name="Żaneta", text="Look", file=file)
    await world.customer("messages", location=[41.01, 28.97])
    await world.customer("messages", contact=["Ada", "+48501000001"])
    await world.customer("messages", sticker_id=46105)
    got = [e for e in world.ctx.events if isinstance(e, MessageReceived)]
    assert [e.sender for e in got] == [world.to] * 4 and got[0].sender_name == "Żaneta"
    assert got[0].text == "Look" and got[1].location and got[2].shared
    assert got[3].unsupported == "sticker"
    fetched = await world.adapter.fetch(got[0].media[0])
    assert (fetched.data, fetched.media_type) == (b"\xff\xd8picture", "image/jpeg")
    assert world.vendor.desk.ledger[-1].headers.get("x-viber-auth-token") is None


async def test_a_repeated_callback_has_the_same_id(world: World) -> None:
    world.vendor.desk.disorder.repeat = 3
    await world.customer("messages", text="once")
    got = [e for e in world.ctx.events if isinstance(e, MessageReceived)]
    assert len(got) == 3 and len({e.event_id for e in got}) == 1


async def test_who_leaves_cannot_be_reached_until_coming_back(world: World) -> None:
    await world.customer("subscription", is_subscribed=False)
    with pytest.raises(RecipientUnreachable):
        await world.adapter.send(text_to(world.to))
    await world.customer("subscription", is_subscribed=True)
    await world.adapter.send(text_to(world.to))
    told = [e.is_reachable for e in world.ctx.events if isinstance(e, ReachabilityChanged)]
    assert told == [False, True]


@pytest.mark.parametrize(
    ("fault", "expected", "accepted"),
    [
        ({"kind": "drop"}, OutcomeUnknown, 0),
        ({"kind": "accept_then_drop"}, OutcomeUnknown, 1),
        ({"kind": "garbage"}, OutcomeUnknown, 0),
        ({"kind": "status", "status": 500}, OutcomeUnknown, 0),
        ({"kind": "status", "status": 401}, AuthFailed, 0),
        ({"kind": "status", "code": 2}, AuthFailed, 0),
        ({"kind": "status", "code": 12}, RateLimited, 0),
        ({"kind": "status", "code": 10}, TransientFailure, 0),
    ],
)
async def test_each_fault(
    world: World, fault: dict[str, Any], expected: type[SendError], accepted: int
) -> None:
    world.fault(**fault)
    with pytest.raises(expected):
        await world.adapter.send(text_to(world.to))
    assert len(world.vendor.desk.accepted) == accepted
    assert [e.path for e in world.vendor.desk.ledger].count("/pa/send_message") == 1
    result = await world.adapter.send(text_to(world.to))
    assert result.provider_ids == world.vendor.desk.accepted[-1:]


async def test_the_time_to_wait_comes_through(world: World) -> None:
    world.fault("status", status=429, retry_after_s=11)
    with pytest.raises(RateLimited) as raised:
        await world.adapter.send(text_to(world.to))
    assert raised.value.retry_after_s == 11


async def test_a_file_that_is_gone(world: World) -> None:
    gone = MediaRef(ref=f"{world.base}/nothing/here.jpg")
    with pytest.raises(NotFound):
        await world.adapter.fetch(gone)
    world.vendor.desk.faults.append(Fault(kind="status", status=503, path="nothing"))
    with pytest.raises(TransientFailure):
        await world.adapter.fetch(gone)
    world.vendor.desk.faults.append(Fault(kind="drop", path="nothing", count=2))
    with pytest.raises(TransientFailure):
        await world.adapter.fetch(gone)


async def test_a_hub_that_viber_cannot_reach_says_so_and_tries_again(world: World) -> None:
    world.hook.statuses = [503, 503]
    ctx = world.ctx
    ctx.states.clear()
    again = world.hook.adapter = Adapter(ctx)
    await again.start()
    await ctx.until(lambda: ("connected", "") in ctx.states)
    await again.stop()
    assert [state for state, _ in ctx.states] == ["error", "error", "connected"]
    assert ctx.states[0][1] == "viber.state.webhook: Viber: 1 invalidUrl"


async def test_stopping_ends_the_attempts_to_set_the_webhook(world: World) -> None:
    world.hook.statuses = [503] * 10_000
    ctx = world.ctx
    ctx.states.clear()
    other = world.hook.adapter = Adapter(ctx)
    await other.start()
    await ctx.until(lambda: bool(ctx.states))
    async with asyncio.timeout(90):
        await other.stop()
    assert ctx.tasks.names() == []
    assert {state for state, _ in ctx.states} == {"error"}


async def test_a_refused_token_does_not_start(world: World) -> None:
    config = {**world.ctx.inbox.config, "token": TOKEN[::-1]}
    world.ctx.inbox = msgspec.structs.replace(world.ctx.inbox, config=config)
    wrong = Adapter(world.ctx)
    with pytest.raises(AuthFailed):
        await wrong.start()
    with pytest.raises(AuthFailed):
        await wrong.probe()
    await wrong.stop()


async def test_viber_itself_needs_a_public_https_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "is_real", property(lambda self: True))
    world.ctx.states.clear()
    other = Adapter(world.ctx)
    await other.start()
    await world.ctx.until(lambda: bool(world.ctx.states))
    await other.stop()
    assert world.ctx.states == [("error", "viber.state.no_public_url")]


def test_a_config_needs_a_token() -> None:
    assert check({"token": TOKEN}) == {}
    for wrong in ({}, {"token": ""}, {"token": "short"}, {"token": "x" * 20 + " y"}):
        assert check(wrong) == {"token": "viber.fault.token"}
    with pytest.raises(BadInput):
        check_config(SPEC, {})
    assert check({"token": TOKEN, "sender_avatar": "http://x"})["sender_avatar"]
    assert check({"token": TOKEN, "api_base": "ftp://x"})["api_base"]
