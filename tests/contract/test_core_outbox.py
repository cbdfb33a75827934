"""Sending at the vendors' pace and within their rules, over both stores: rates, pauses, lost
answers, long answers, changes of what was sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from hub.errors import (
    AuthFailed,
    BadInput,
    Conflict,
    HubError,
    OutcomeUnknown,
    OutsideWindow,
    RateLimited,
)
from hub.model.agent import Scope
from hub.model.contact import Address
from hub.model.message import Attachment, Delivery, Message
from hub.model.template import Template, TemplateSlot, TemplateUse
from hub.ports.channel import Rates
from hub.ports.collections import OUTBOX
from hub.ports.inbound import DeliveryReported, TemplateReported
from hub.services.conversations import Reply, Route
from hub.services.outbox import PARKED_S
from hub.services.outbox_rows import OutboxRow, outbox_id
from hub.services.quoting import quote_of
from hub.services.templates import fill
from hub.services.ways import require_open
from tests.support.core import Core, bear, running_core
from tests.support.phone_channel import ANN, Network, sms
from tests.support.real_hub import JumpingClock
from tests.support.stores import KINDS


@pytest.fixture
def net() -> Network:
    return Network()


@pytest.fixture
def jumping() -> JumpingClock:
    return JumpingClock()


@pytest.fixture(params=KINDS)
async def core(
    request: pytest.FixtureRequest, tmp_path: Path, net: Network, jumping: JumpingClock
) -> AsyncIterator[Core]:
    async with running_core(request.param, tmp_path, jumping, net) as core:
        yield core


async def _until(what: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(90):
        while not await what():
            await asyncio.sleep(0.02)


async def _asked(core: Core, *senders: Address) -> None:
    for number, sender in enumerate(senders or (ANN,)):
        event = sms("Hi", f"m{number}", sender=sender)
        await core.wire.receive(core.inboxes["phone"].id, event)
    await core.hub.journal.settle()


async def _send(
    core: Core, to: Address = ANN, scope: Scope | None = None, **reply: object
) -> Message:
    names = await core.hub.services.names.of(core.workspace)
    who = names.identity(to)
    conversation = next(c for c in await core.conversations() if who in c.identities)
    inbox = core.inboxes["phone"]
    route = Route(inbox, core.hub.services.inboxes.spec(inbox).capabilities, to)
    said = Reply(**{"client_id": f"client-{reply['text']}", **reply})  # type: ignore[arg-type]
    who_says = scope or core.agent()
    return await core.hub.services.conversations.reply(who_says, conversation, said, route)


async def _sent(net: Network, count: int) -> list[str]:
    async def is_so() -> bool:
        return len(net.sent) >= count

    await _until(is_so)
    return [message.text for message in net.sent]


def people(count: int) -> list[Address]:
    return [Address("phone", f"+4860010{n:04d}") for n in range(count)]


async def test_an_inbox_sends_at_its_rate_and_in_order(core: Core, net: Network) -> None:
    """Lower bounds only: a slow machine sends later, never sooner."""
    everyone = people(6)
    await _asked(core, *everyone)
    net.rates = Rates(per_second=10, burst=2)
    began = time.monotonic()
    for number, to in enumerate(everyone):
        await _send(core, to, text=f"{number}")
    assert await _sent(net, 6) == ["0", "1", "2", "3", "4", "5"]
    # The k-th after the burst may not go before k tenths of a second are over.
    assert all(net.sent_at[1 + k] - began >= 0.1 * k - 0.002 for k in range(1, 5))


async def test_a_pause_is_obeyed_by_the_whole_inbox(core: Core, net: Network) -> None:
    ann, bob = people(2)
    await _asked(core, ann, bob)
    net.faults = [RateLimited("429", 0.7)]
    await _send(core, ann, text="One")

    async def was_refused() -> bool:
        return not net.faults

    await _until(was_refused)
    await _send(core, bob, text="Two")
    assert sorted(await _sent(net, 2)) == ["One", "Two"]
    assert min(net.sent_at) - net.refused_at[0] >= 0.698


async def test_a_pause_for_one_recipient_holds_up_nobody_else(core: Core, net: Network) -> None:
    ann, bob = people(2)
    await _asked(core, ann, bob)
    net.faults = [RateLimited("429", 90, is_recipient=True)]
    await _send(core, ann, text="One")

    async def was_refused() -> bool:
        return not net.faults

    await _until(was_refused)
    await _send(core, bob, text="Two")
    assert await _sent(net, 1) == ["Two"]


async def test_a_lost_answer_is_asked_about_and_settled(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    """R-05: the vendor tells what became of it, before anybody is bothered; nothing goes twice."""
    await _asked(core)
    net.faults = [OutcomeUnknown("no answer")]
    net.outcomes["One"] = DeliveryReported(
        event_id="o1", provider_id="p-found", delivery="delivered", at=5
    )
    message = await _send(core, text="One")
    await core.settle()
    assert (await core.messages())[-1].delivery == "sending"
    jumping.jump(5)

    async def is_settled() -> bool:
        return (await core.messages())[-1].delivery == "delivered"

    await _until(is_settled)
    assert (await core.messages())[-1].provider_id == "p-found"
    [row] = (await core.store.dump(OUTBOX)).docs
    assert row["state"] == "accepted"
    assert [m.id for m in net.sent] == [message.id]


async def test_what_the_vendor_does_not_know_stands_before_a_person_after_ten_minutes(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    """R-05."""
    await _asked(core)
    net.faults = [OutcomeUnknown("no answer")]
    await _send(core, text="One")
    await core.settle()
    assert (await core.messages())[-1].delivery == "sending"

    async def is_unknown() -> bool:
        jumping.jump(60)
        return (await core.messages())[-1].delivery == "unknown"

    await _until(is_unknown)
    assert len(net.sent) == 1
    report = DeliveryReported(
        event_id="r1", message_id=net.sent[0].id, provider_id="late", delivery="sent", at=9
    )
    await core.wire.receive(core.inboxes["phone"].id, report)
    await core.hub.journal.settle()
    assert (await core.messages())[-1].delivery == "sent"
    with pytest.raises(HubError):
        await core.hub.services.outbox.resend(net.sent[0].id)


async def test_a_report_that_comes_while_the_outcome_is_written_down_settles_it(
    core: Core, net: Network
) -> None:
    """R-05: the row stood as unknown for ever, and its vendor was asked about it for ever."""
    await _asked(core)
    outbox = core.hub.services.outbox
    gate = outbox._gate

    async def finished(row: OutboxRow, state: Delivery) -> None:
        """After the message, before the row."""
        await gate.finished(row, state)
        report = DeliveryReported(
            event_id="r1", message_id=row.message_id, provider_id="p1", delivery="delivered", at=9
        )
        await core.wire.receive(core.inboxes["phone"].id, report)
        await core.hub.journal.settle()

    outbox._gate = msgspec.structs.replace(gate, finished=finished)
    net.faults = [OutcomeUnknown("no answer")]
    await _send(core, text="One")
    await core.settle()
    [row] = (await core.store.dump(OUTBOX)).docs
    assert (row["state"], row["ask_until"]) == ("accepted", 0)
    assert (await core.messages())[-1].delivery == "delivered"


async def test_a_long_answer_with_files_goes_as_several_messages_once(
    core: Core, net: Network
) -> None:
    await _asked(core)
    conversation = (await core.conversations())[0]
    files = core.hub.services.files
    attached: list[Attachment] = []
    for n in range(3):
        stored = await files.save(core.workspace, b"x", f"{n}.txt", owner="me")
        attached += await files.attach(core.workspace, [stored.id], conversation.id, owners={"me"})
    reply = {"text": "longer than the caption of this channel", "attachments": attached}
    ada = core.agent()
    await asyncio.gather(*(_send(core, scope=ada, **reply) for _ in range(4)))
    await core.settle()
    shape = [(m.text, [a.name for a in m.attachments]) for m in net.sent]
    assert shape == [
        ("longer than the caption of this channel", []),
        ("", ["0.txt", "1.txt"]),
        ("", ["2.txt"]),
    ]
    assert [m.seq for m in await core.messages()] == [1, 2, 3, 4]


async def test_an_answer_names_what_it_quotes_and_when_the_customer_wrote(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    wrote_at = jumping.now_ms() - 5_000
    event = sms("Which one?", "wamid.1", at=wrote_at)
    await core.wire.receive(core.inboxes["phone"].id, event)
    await core.settle()
    [asked] = await core.messages()
    await _send(core, text="The red one", quoted=quote_of(asked, asked.conversation_id))
    await core.settle()
    assert (net.sent[0].reply_to, net.sent[0].last_inbound_at) == ("wamid.1", wrote_at)


async def test_the_window_closes_a_day_after_the_customers_last_word(
    core: Core, jumping: JumpingClock
) -> None:
    wrote_at = jumping.now_ms()
    await core.wire.receive(core.inboxes["phone"].id, sms("Hi", "m1", at=wrote_at))
    await core.settle()
    conversation = (await core.conversations())[0]

    async def way() -> tuple[str, int]:
        ways = await core.hub.services.ways.of(conversation)
        found = next(w for w in ways if w.inbox.channel == "phone")
        try:
            require_open(found, has_template=False)
        except OutsideWindow as fault:
            assert "template" in str(fault)
        require_open(found, has_template=True)
        return found.state, found.window_until - wrote_at

    assert await way() == ("ok", 24 * 3_600_000)
    jumping.jump(24 * 3600 + 1)
    assert (await way())[0] == "window_closed"


async def test_templates_are_loaded_filled_and_sent(core: Core, net: Network) -> None:
    await _asked(core)
    inbox, templates = core.inboxes["phone"], core.hub.services.templates
    net.templates = [
        Template(
            name="order", language="en", state="pending", header="Hello {{1}}",
            body="Order {{1}} is ready.", footer="Shop", updated_at=1,
            slots=[TemplateSlot("header.1"), TemplateSlot("1")],
        ),
        Template(name="old", language="en", state="approved", body="x", updated_at=1),
    ]  # fmt: skip
    assert [t.name for t in await templates.sync(inbox)] == ["old", "order"]
    use = TemplateUse(name="order", language="en", values={"header.1": "Ann", "1": "42"})
    with pytest.raises(BadInput, match="approved"):
        await templates.require_ready(inbox, use)
    told = TemplateReported(event_id="t1", name="order", language="en", state="approved", at=9)
    await core.wire.receive(inbox.id, told)
    await core.settle()
    ready = await templates.require_ready(inbox, use)
    with pytest.raises(BadInput, match="fill in"):
        await templates.require_ready(inbox, TemplateUse(name="order", language="en"))
    await _send(core, text=fill(ready, use.values), template=use)
    await core.settle()
    assert net.sent[0].template == use
    assert net.sent[0].text == "Hello Ann\n\nOrder 42 is ready.\n\nShop"
    net.templates = []
    assert await templates.sync(inbox) == []


async def test_agents_change_take_back_and_react(core: Core, net: Network) -> None:
    await _asked(core)
    await _send(core, text="Helo")
    await core.settle()
    conversation, ada = (await core.conversations())[0], core.agent()
    amending = core.hub.services.amending
    edited = await amending.edit(ada, conversation, 2, "Hello")
    assert (edited.text, [e.text for e in edited.edits]) == ("Hello", ["Helo"])
    reacted = await amending.react(ada, conversation, 1, "👍")
    assert [(r.name, r.emoji) for r in reacted.reactions] == [("Ada", "👍")]
    gone = await amending.delete(ada, conversation, 2)
    assert (gone.text, bool(gone.deleted_at)) == ("", True)
    assert net.calls == [
        ("edit", "p1", "Hello"),
        ("react", ANN.value, "m0", "👍"),
        ("delete", ANN.value, "p1"),
    ]
    with pytest.raises(BadInput):
        await amending.edit(ada, conversation, 1, "not mine")
    with pytest.raises(Conflict):
        await amending.delete(ada, conversation, 2)


async def test_the_customer_learns_that_it_was_read_once(core: Core, net: Network) -> None:
    await _asked(core)
    conversation = (await core.conversations())[0]

    async def is_told() -> bool:
        return net.calls == [("read", ANN.value, "m0")]

    for _ in range(3):
        core.hub.services.receipts.read(conversation, 1)
    await _until(is_told)
    assert len(net.calls) == 1


async def test_what_was_missed_is_fetched_after_connecting_and_again_later(
    core: Core, net: Network
) -> None:
    """R-15: what is known already is passed over."""
    net.listed = [sms("Hi", "m1"), sms("Are you there?", "m2", at=2)]
    phone = core.inboxes["phone"].id
    await core.wire.receive(phone, net.listed[0])
    reconciling = core.hub.receiving.reconciling

    async def is_up() -> bool:
        return core.hub.services.inboxes.adapter(phone) is not None

    await _until(is_up)
    assert await reconciling.reconcile(phone) == 2
    assert await reconciling.reconcile(phone) == 2
    await core.settle()
    assert [m.text for m in await core.messages()] == ["Hi", "Are you there?"]
    before = len(net.asked_since)
    inboxes = core.hub.services.inboxes
    await inboxes.change(core.workspace, phone, name="again")

    async def was_asked() -> bool:
        return len(net.asked_since) > before

    await _until(was_asked)


async def test_a_quiet_inbox_says_so_until_something_comes(
    core: Core, jumping: JumpingClock
) -> None:
    phone = core.inboxes["phone"].id
    inboxes, quiet = core.hub.services.inboxes, core.hub.receiving.quiet
    await inboxes.change(core.workspace, phone, alarm_after_minutes=30)

    async def is_up() -> bool:
        return phone in core.wire.adapters

    await _until(is_up)
    quiet.check()
    assert not inboxes.health.of(phone).is_quiet
    jumping.jump(31 * 60)
    quiet.check()
    assert inboxes.health.of(phone).is_quiet
    await core.wire.receive(phone, sms("Hi", "m1"))
    await core.settle()
    assert not inboxes.health.of(phone).is_quiet


async def test_a_row_found_on_its_way_after_a_crash_is_asked_about(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    """R-05: the request left, the process died before the answer; it is never sent again."""
    await _asked(core)
    net.is_hanging = True
    await _send(core, text="One")
    await _sent(net, 1)
    await core.die()
    net.is_hanging = False
    net.adapters.clear()
    net.outcomes["One"] = DeliveryReported(
        event_id="o1", provider_id="p-found", delivery="sent", at=5
    )
    next_life = await bear(core.store, core.hub.services.config.data_dir, net, jumping)

    async def is_settled() -> bool:
        jumping.jump(1)
        return (await next_life.messages())[-1].delivery == "sent"

    await _until(is_settled)
    assert len(net.sent) == 1
    await next_life.die()


async def test_an_adapter_that_stops_leaves_no_connection_open(core: Core) -> None:
    inboxes, phone = core.hub.services.inboxes, core.inboxes["phone"].id
    closed: list[str] = []

    async def close() -> None:
        closed.append(phone)

    async def is_up() -> bool:
        return inboxes.adapter(phone) is not None

    await _until(is_up)
    inboxes._running[phone].close = close
    await inboxes.change(core.workspace, phone, is_paused=True)
    assert closed == [phone]


async def test_lost_answers_resolve_by_report_or_by_asking_and_nothing_goes_twice(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    """R-05: accept-then-drop on every send; one of forty is known to nobody."""
    everyone = people(40)
    await _asked(core, *everyone)
    for number, to in enumerate(everyone):
        net.faults.append(OutcomeUnknown("no answer"))
        if 20 <= number < 39:
            net.outcomes[f"{number}"] = DeliveryReported(
                event_id=f"o{number}", provider_id=f"p{number}", delivery="sent", at=5
            )
        await _send(core, to, text=f"{number}")
    await core.settle()
    reports = [
        DeliveryReported(
            event_id=f"r{m.text}", message_id=m.id, provider_id=f"p{m.text}", delivery="sent", at=5
        )
        for m in net.sent
        if int(m.text) < 20
    ]
    await core.wire.receive(core.inboxes["phone"].id, *reports)

    async def is_over() -> bool:
        jumping.jump(30)
        return all(m.delivery != "sending" for m in await core.messages())

    await _until(is_over)
    states = [m.delivery for m in await core.messages() if m.direction == "out"]
    assert (states.count("sent"), states.count("unknown")) == (39, 1)
    assert len(net.sent) == len({m.id for m in net.sent}) == 40


class StandingClock(JumpingClock):
    """Whoever sleeps for a row's time never wakes by itself; leases are kept."""

    async def sleep(self, seconds: float) -> None:
        if seconds >= PARKED_S:
            await asyncio.Event().wait()
        await super().sleep(seconds)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["reports", "restarts"])
async def test_mended_credentials_send_at_once_what_was_refused(
    kind: str, how: str, tmp_path: Path, net: Network
) -> None:
    async with running_core(kind, tmp_path, StandingClock(), net) as core:
        ann, bob = people(2)
        await _asked(core, ann, bob)
        inbox = core.inboxes["phone"]
        inboxes = core.hub.services.inboxes
        net.faults = [AuthFailed("401")]
        refused = await _send(core, ann, text="Refused")
        await _until(lambda: _is_waiting(core, refused))
        assert inboxes.health.of(inbox.id).state == "bad_credentials"
        await _send(core, bob, text="Waits")
        if how == "reports":
            await inboxes.report(inbox.id, "connected", "")
        else:
            await inboxes.change(core.workspace, inbox.id, config={})
        assert sorted(await _sent(net, 2)) == ["Refused", "Waits"]


async def test_an_inbox_that_only_says_so_is_not_tried_all_the_time(
    core: Core, net: Network
) -> None:
    """It receives, so it reports that it is connected; whatever it sends is refused."""
    await _asked(core)
    inbox = core.inboxes["phone"]
    net.faults = [AuthFailed("535")] * 9
    message = await _send(core, text="Hello")
    await _until(lambda: _is_waiting(core, message))
    for _ in range(5):
        await core.hub.services.inboxes.report(inbox.id, "connected", "")
        await _until(lambda: _is_waiting(core, message))
    assert len(net.refused_at) == 2


async def _is_waiting(core: Core, message: Message) -> bool:
    """Its row waits for its time, and has been looked at since."""
    await asyncio.sleep(0.05)
    doc = await core.store.get(OUTBOX, outbox_id(message.id))
    return doc is not None and doc["state"] == "retry"
