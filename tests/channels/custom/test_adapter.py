"""A custom channel's inbox against the stand-in, over real HTTP in both directions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
import pytest

from channels.custom import adapter as adapter_module
from channels.custom.adapter import Adapter
from channels.custom.config import ABILITIES, SPEC, capabilities, check
from channels.custom.signature import headers
from channels.custom.standin import PATH, SECRET, StandIn
from hub.errors import (
    AuthFailed,
    ContentRejected,
    HubError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    SendError,
    TooLarge,
    TransientFailure,
)
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from hub.ports.inbound import DeliveryReported, Ignored, MediaRef, MessageReceived
from hub.services.egress import EgressClient
from hub.services.inbox_config import check_config
from hub.services.vendor_http import HttpClient
from hub.standin import Fault
from tests.channels.custom.sample import config
from tests.channels.custom.schemas import check_order
from tests.support.adapter_context import MemoryContext
from tests.support.channel_hook import Hook, hook_of, served
from tests.support.channel_sample import text_to

ALL = dict.fromkeys(ABILITIES, True)


class TypingContext(MemoryContext):
    """Remembers who typed."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.typed: list[tuple[str, bool]] = []

    async def typing(self, sender: Address, is_typing: bool) -> None:
        self.typed.append((sender.value, is_typing))
        await self._tell()


@dataclass
class World:
    """An inbox that has started, the bridge's stand-in, and the hub's hook between them."""

    ctx: TypingContext
    adapter: Adapter
    bridge: StandIn
    hook: Hook
    base: str
    http: aiohttp.ClientSession

    @property
    def to(self) -> Address:
        return Address("handle", "ada", self.ctx.inbox.id)

    def configured(self, **more: Any) -> Adapter:
        """Another adapter of the same inbox, with other settings."""
        known = {**self.ctx.inbox.config, **more}
        self.ctx.inbox = msgspec.structs.replace(self.ctx.inbox, config=known)
        return Adapter(self.ctx)

    async def customer(self, path: str, **what: Any) -> Any:
        async with self.http.post(
            f"{self.base}/_customer/{path}", json={"address": "ada", **what}
        ) as answer:
            return await answer.json() if answer.status == 200 else None

    async def post(self, *events: dict[str, Any]) -> tuple[int, Any]:
        """As a bridge does, to read the answer."""
        body = msgspec.json.encode({"events": events})
        made = headers(SECRET, body, self.ctx.clock.now_ms())
        async with self.http.post(self.bridge.url, data=body, headers=made) as answer:
            return answer.status, await answer.json()

    def fault(self, kind: Any, **more: Any) -> None:
        self.bridge.desk.faults.append(Fault(kind=kind, path=PATH, **more))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    ctx = TypingContext({})
    bridge = StandIn(ctx.clock, check=check_order)
    async with (
        served(bridge.app()) as base,
        hook_of(ctx) as hook,
        aiohttp.ClientSession() as http,
    ):
        bridge.url = hook.url + ctx.inbox.hook_path
        clear = check_config(SPEC, config(base, **ALL))
        ctx.inbox = msgspec.structs.replace(ctx.inbox, config=clear, public_url=hook.url)
        adapter = hook.adapter = Adapter(ctx)
        await adapter.start()
        assert ctx.states == [("connected", "")]
        yield World(ctx, adapter, bridge, hook, base, http)
        await adapter.stop()
        await ctx.http.close()
        assert ctx.tasks.names() == []


async def test_a_message_goes_out_signed_and_its_statuses_come_back(world: World) -> None:
    file = Attachment(file_id="file0", name="a.pdf", media_type="application/pdf", size_bytes=9)
    replies = [QuickReply("Yes", "y")]
    message = text_to(world.to, "Dzień dobry", attachments=[file], quick_replies=replies)
    result = await world.adapter.send(message)
    assert result.provider_ids == world.bridge.desk.accepted == ["n1"]
    assert world.bridge.orders[0]["files"][0]["url"].startswith(f"{world.hook.url}/files/file0?")
    await world.customer("read")
    told = [e for e in world.ctx.events if isinstance(e, DeliveryReported)]
    assert [(e.message_id, e.delivery) for e in told] == [
        (message.id, "delivered"),
        (message.id, "read"),
    ]
    assert SECRET not in str(world.bridge.desk.ledger)


async def test_what_customers_write_comes_in(world: World) -> None:
    await world.customer("messages", text="Merhaba", payload="order:7", reply_to="n1")
    (event,) = world.ctx.events
    assert isinstance(event, MessageReceived)
    assert (event.text, event.payload, event.reply_to) == ("Merhaba", "order:7", "n1")
    assert event.sender == world.to


async def test_the_answer_says_what_was_left_out(world: World) -> None:
    good = {"type": "message", "id": "m1", "at": 1, "sender": {"id": "ada"}, "text": "Hi"}
    typing = {"type": "typing", "sender": {"id": "ada"}, "is_typing": True}
    bad = {"type": "message", "id": "m2", "at": 1, "text": "no sender"}
    status, said = await world.post(good, bad, typing, {"type": "poll"})
    assert status == 200
    assert said == {
        "taken": 2,
        "left_out": [
            {"event": 1, "reason": "unreadable_item"},
            {"event": 3, "reason": "unknown_event"},
        ],
    }
    status, said = await world.post(bad)
    assert status == 400 and "sender" in said["error"]["message"]


async def test_typing_is_told_and_not_stored(world: World) -> None:
    for is_typing in (True, False):
        await world.post({"type": "typing", "sender": {"id": "ada"}, "is_typing": is_typing})
    await world.ctx.until(lambda: world.ctx.typed == [("ada", True), ("ada", False)])
    assert world.ctx.events == [Ignored(reason="typing")] * 2


async def test_a_recorded_request_is_refused(world: World) -> None:
    """S-34: byte by byte the same, with its good signature."""
    body = msgspec.json.encode(
        {"events": [{"type": "message", "id": "m1", "at": 1, "sender": {"id": "ada"}}]}
    )
    made = headers(SECRET, body, world.ctx.clock.now_ms())
    statuses = []
    for _ in range(3):
        async with world.http.post(world.bridge.url, data=body, headers=made) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 403, 403] and len(world.ctx.events) == 1


async def test_an_order_that_is_played_back_to_us_changes_nothing(world: World) -> None:
    await world.adapter.send(text_to(world.to))
    sent = world.bridge.desk.ledger[-1]
    async with world.http.post(
        world.bridge.url, data=sent.body.encode(),
        headers={k: v for k, v in sent.headers.items() if k.startswith("santral-")},
    ) as answer:  # fmt: skip
        assert answer.status == 400
    assert world.ctx.events == []


async def test_changes_go_out(world: World) -> None:
    await world.adapter.edit("n1", text_to(world.to, "new"))
    await world.adapter.delete(world.to, "n1")
    await world.adapter.react(world.to, "m1", "👍")
    await world.adapter.send_typing(world.to, True)
    await world.adapter.mark_read(world.to, "m1")
    await world.adapter.probe()
    assert [order["type"] for order in world.bridge.orders] == [
        "edit", "delete", "reaction", "typing", "read", "ping",
    ]  # fmt: skip
    assert world.bridge.desk.accepted == []


async def test_what_the_receiver_cannot_do_is_not_sent(world: World) -> None:
    bare = world.configured(**dict.fromkeys(ABILITIES, False))
    for refused in (
        bare.edit("n1", text_to(world.to)),
        bare.delete(world.to, "n1"),
        bare.react(world.to, "m1", "👍"),
    ):
        with pytest.raises(ContentRejected):
            await refused
    await bare.send_typing(world.to, True)
    await bare.mark_read(world.to, "m1")
    assert world.bridge.orders == []


async def test_what_is_best_effort_raises_nothing(world: World) -> None:
    world.fault("status", status=500, count=2)
    await world.adapter.send_typing(world.to, True)
    await world.adapter.mark_read(world.to, "m1")


def test_capabilities_follow_the_settings() -> None:
    everything = capabilities({**ALL, "repeats_are_harmless": True})
    assert all(getattr(everything, name) for name in ABILITIES)
    assert everything.repeats_are_harmless
    nothing = capabilities({})
    assert not any(getattr(nothing, name) for name in ABILITIES)
    assert not nothing.repeats_are_harmless


UNCERTAIN = [
    {"kind": "drop"},
    {"kind": "accept_then_drop"},
    {"kind": "garbage"},
    {"kind": "status", "status": 500},
    {"kind": "hang"},
]


@pytest.mark.parametrize("fault", UNCERTAIN)
async def test_a_lost_answer_is_unknown(
    world: World, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault["kind"] == "hang":
        monkeypatch.setattr(adapter_module, "_SEND_TIMEOUT_S", 2)
    world.fault(**fault)
    with pytest.raises(OutcomeUnknown):
        await world.adapter.send(text_to(world.to))
    assert [e.path for e in world.bridge.desk.ledger].count(PATH) <= 1


@pytest.mark.parametrize("fault", UNCERTAIN)
async def test_where_repeats_are_harmless_it_is_sent_again_and_shown_once(
    world: World, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    promised = world.configured(repeats_are_harmless=True)
    world.fault(**fault)
    with monkeypatch.context() as patched, pytest.raises(TransientFailure):
        if fault["kind"] == "hang":
            patched.setattr(adapter_module, "_SEND_TIMEOUT_S", 2)
        await promised.send(text_to(world.to))
    result = await promised.send(text_to(world.to))
    assert result.provider_ids == ["n1"] == world.bridge.desk.accepted


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 401}, AuthFailed),
        ({"status": 404}, ContentRejected),
        ({"status": 429, "retry_after_s": 13}, RateLimited),
    ],
)
async def test_refusals(world: World, fault: dict[str, Any], expected: type[SendError]) -> None:
    world.fault("status", **fault)
    with pytest.raises(expected) as raised:
        await world.adapter.send(text_to(world.to))
    assert getattr(raised.value, "retry_after_s", 13) == 13


async def test_another_secret_is_refused_by_the_bridge(world: World) -> None:
    other = world.configured(secret="y" * 32)
    for attempt in (other.probe(), other.send(text_to(world.to))):
        with pytest.raises(AuthFailed):
            await attempt


async def test_private_addresses_are_refused_in_both_directions(world: World) -> None:
    """The rules for outgoing requests hold for the callback and for files."""
    strict = HttpClient(EgressClient(), world.ctx.clock)
    await world.ctx.http.close()
    world.ctx.http = strict
    with pytest.raises(ContentRejected):
        await world.adapter.send(text_to(world.to))
    with pytest.raises(HubError):
        await world.adapter.fetch(MediaRef(ref=f"{world.base}/_ledger"))
    assert world.bridge.desk.ledger == []


async def test_files_are_fetched_or_are_inside(world: World) -> None:
    inside = await world.adapter.fetch(
        MediaRef(ref="data:aGk=", name="hi.txt", media_type="text/plain")
    )
    assert (inside.data, inside.name, inside.media_type) == (b"hi", "hi.txt", "text/plain")
    ledger = await world.adapter.fetch(MediaRef(ref=f"{world.base}/_ledger", name="l.json"))
    assert ledger.media_type == "application/json" and ledger.data.startswith(b"[")
    with pytest.raises(NotFound):
        await world.adapter.fetch(MediaRef(ref=f"{world.base}/gone"))
    world.bridge.desk.faults.append(Fault(kind="status", status=503, path="gone"))
    with pytest.raises(TransientFailure):
        await world.adapter.fetch(MediaRef(ref=f"{world.base}/gone"))


async def test_a_file_that_is_too_large(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter_module, "FILE_MAX_BYTES", 1)
    with pytest.raises(TooLarge):
        await world.adapter.fetch(MediaRef(ref=f"{world.base}/_ledger"))


def test_a_config_needs_a_long_secret_and_an_address() -> None:
    good = config("https://bridge.test")
    assert check(good) == {}
    assert check({**good, "secret": "x" * 31}) == {"secret": "custom.fault.secret"}
    for wrong in ("", "bridge.test", "ftp://x", "https://", "https://u:p@x", "https://x/#a",
                  "http://[::1"):  # fmt: skip
        assert check({**good, "callback_url": wrong}) == {
            "callback_url": "custom.fault.callback_url"
        }
