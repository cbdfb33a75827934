"""What networks tell besides messages, over both stores: statuses in any order, edits, deletions,
emojis, echoes, albums, aliases, addresses.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import (
    Landline,
    OutcomeUnknown,
    RecipientUnreachable,
    TransientFailure,
    UnreachableNow,
)
from hub.model.contact import Address
from hub.model.message import DELIVERY_RANK, Delivery, Location, Message, SharedContact
from hub.ports.collections import CONTACTS, JOURNAL, MERGE_HINTS, OUTBOX
from hub.ports.inbound import (
    AccountAlert,
    AddressMoved,
    DeliveryReported,
    MediaRef,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReachabilityChanged,
    ReachedUpTo,
    Reacted,
)
from hub.services import outbox
from hub.services.conversations import Reply, Route
from hub.services.ways import require_open
from tests.support.core import Core, running_core
from tests.support.crashing_store import CrashingStore
from tests.support.phone_channel import ANN, BOB, Network, sms
from tests.support.real_hub import JumpingClock
from tests.support.stores import KINDS

STATES: tuple[Delivery, ...] = ("sent", "delivered", "read", "failed")


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


async def _receive(core: Core, *events: object) -> None:
    await core.wire.receive(core.inboxes["phone"].id, *events)  # type: ignore[arg-type]
    await core.settle()


async def _answer(core: Core, text: str = "Hello", client_id: str = "client-1") -> Message:
    conversation = (await core.conversations())[0]
    inbox = core.inboxes["phone"]
    route = Route(inbox, core.hub.services.inboxes.spec(inbox).capabilities, ANN)
    reply = Reply(client_id=client_id, text=text)
    return await core.hub.services.conversations.reply(core.agent(), conversation, reply, route)


async def _one(core: Core, id: str) -> Message:
    return next(m for m in await core.messages() if m.id == id)


async def test_statuses_in_any_order_before_and_after_acceptance_end_in_the_highest(
    core: Core,
) -> None:
    """R-12: every permutation, the acceptance at every place; p1, p2, … are the network's ids."""
    await _receive(core, sms("Hi", "m1"))
    phone = core.inboxes["phone"].id
    expected: dict[str, Delivery] = {}
    number = 0
    for order in itertools.permutations(STATES):
        for place in (0, 2, 4):
            number += 1
            reports = [
                DeliveryReported(
                    event_id=f"{number}-{state}", provider_id=f"p{number}", delivery=state,
                    reason="unreachable" if state == "failed" else "", at=10 + at,
                )
                for at, state in enumerate(order)
            ]  # fmt: skip
            await core.wire.receive(phone, *reports[:place])
            await core.hub.journal.settle()
            message = await _answer(core, f"{number}", f"client-{number}")
            await core.settle()
            await core.wire.receive(phone, *reports[place:])
            await core.hub.journal.settle()
            expected[message.id] = max(order, key=lambda state: DELIVERY_RANK[state])
    found = {m.id: m.delivery for m in await core.messages() if m.direction == "out"}
    assert found == expected
    assert number == 72


async def test_an_orphan_attaches_once_its_message_is_known(
    core: Core, jumping: JumpingClock
) -> None:
    """R-12: the id becomes known without the outbox telling (a crash lay between)."""
    await _receive(core, sms("Hi", "m1"))
    message = await _answer(core)
    await core.settle()
    await _receive(core, DeliveryReported(event_id="r1", provider_id="late", delivery="read", at=5))
    assert (await _one(core, message.id)).delivery == "accepted"
    names = await core.hub.services.names.of(core.workspace)
    ref = names.provider_ref(core.inboxes["phone"].id, "late")
    await core.hub.services.timeline.add_refs([ref], message.id)
    jumping.jump(3)
    await core.hub.timers.run_due()
    assert (await _one(core, message.id)).delivery == "read"


async def test_a_failure_keeps_the_words_of_the_vendor(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"))
    message = await _answer(core)
    await core.settle()
    await _receive(
        core,
        DeliveryReported(
            event_id="r1", provider_id="p1", delivery="failed", reason="recipient_unreachable",
            detail="30006 Landline or unreachable carrier", at=5,
        ),
    )  # fmt: skip
    failed = await _one(core, message.id)
    assert (failed.reason, failed.detail) == (
        "recipient_unreachable", "30006 Landline or unreachable carrier",
    )  # fmt: skip
    told = [m.activity for m in await core.messages("activity")]
    assert told == ["assigned", "delivery_failed"]


async def test_a_failure_stands_on_the_timeline_though_the_store_broke_off(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After every write of working off the report: told once."""
    timeline = core.hub.services.timeline
    kept = timeline._store
    monkeypatch.setattr("hub.services.journal._RETRY_S", (0.01, 0.01, 0.01))
    for writes in range(1, 8):
        await _receive(core, sms("Hi", f"m{writes}"))
        message = await _answer(core, f"Hello {writes}", f"client-{writes}")
        await core.settle()
        id = (await _one(core, message.id)).provider_id
        timeline._store = CrashingStore(kept, writes, is_short=True)
        await _receive(
            core,
            DeliveryReported(
                event_id=f"r{writes}", provider_id=id, delivery="failed", reason="", at=9
            ),
        )
        timeline._store = kept
        assert (await _one(core, message.id)).delivery == "failed"
        lines = [m for m in await core.messages("activity") if m.activity == "delivery_failed"]
        about = [m for m in lines if m.details["seq"] == message.seq]
        assert len(about) == 1, f"after write {writes}"


async def test_a_watermark_reaches_what_was_accepted_before_it(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"))
    first = await _answer(core, "One", "client-1")
    await core.settle()
    mark = ReachedUpTo(event_id="w1", sender=ANN, delivery="read", up_to=first.at, at=5)
    core.hub.services.clock.jump(60)  # type: ignore[attr-defined]
    second = await _answer(core, "Two", "client-2")
    await core.settle()
    await _receive(core, mark)
    assert (await _one(core, first.id)).delivery == "read"
    assert (await _one(core, second.id)).delivery == "accepted"


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_watermark_that_is_faster_than_the_answer(
    core: Core, net: Network, jumping: JumpingClock, is_answered: bool
) -> None:
    """It waits for what is with the network, not for what has not left yet."""
    await _receive(core, sms("Hi", "m1"))
    gate = asyncio.Event()
    net.holds = gate
    first = await _answer(core, "One", "client-1")
    behind = await _answer(core, "Two", "client-2")  # queued: one after the other
    async with asyncio.timeout(90):
        while net.waiting != ["One"]:
            await asyncio.sleep(0.01)
    mark = ReachedUpTo(event_id="w1", sender=ANN, delivery="read", up_to=behind.at, at=5)
    await core.wire.receive(core.inboxes["phone"].id, mark)
    await core.hub.journal.settle()
    assert (await _one(core, first.id)).delivery != "read"
    if not is_answered:
        net.faults.append(OutcomeUnknown("lost"))
    gate.set()
    await core.settle()
    if not is_answered:
        sent = DeliveryReported(event_id="d1", message_id=first.id, delivery="sent", at=6)
        await _receive(core, sent)
        jumping.jump(700)
        await core.hub.timers.run_due()
    assert (await _one(core, first.id)).delivery == "read"
    assert (await _one(core, behind.id)).delivery == "accepted"


async def test_a_watermark_says_nothing_about_what_failed(core: Core, net: Network) -> None:
    await _receive(core, sms("Hi", "m1"))
    net.faults.append(UnreachableNow("switched off"))
    message = await _answer(core)
    await core.settle()
    mark = ReachedUpTo(event_id="w1", sender=ANN, delivery="read", up_to=message.at, at=5)
    await _receive(core, mark)
    assert (await _one(core, message.id)).delivery == "failed"


async def test_an_edit_keeps_what_was_said_and_search_follows(core: Core) -> None:
    await _receive(core, sms("I want zebras", "m1"))
    edit = MessageEdited(event_id="m1:e1", provider_id="m1", sender=ANN, at=9, text="I want okapis")
    await _receive(core, edit)
    await _receive(core, edit)
    [message] = await core.messages()
    assert (message.text, [e.text for e in message.edits]) == ("I want okapis", ["I want zebras"])
    assert (message.edited_at, message.v) == (9, 2)
    assert (await core.conversations())[0].preview == "I want okapis"

    async def hits(word: str) -> int:
        found, _ = await core.hub.services.reading.search(
            core.agent(), word, kind="", accepts=lambda c, m: True, after=None, limit=10
        )
        return len(found)

    assert (await hits("okapis"), await hits("zebras")) == (1, 0)
    older = MessageEdited(event_id="m1:e0", provider_id="m1", sender=ANN, at=5, text="I want gnus")
    await _receive(core, older)
    assert (await core.messages())[0].text == "I want okapis"


async def test_nobody_changes_what_somebody_else_wrote(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"), sms("I am Bob", "m2", sender=BOB))
    await _receive(
        core,
        MessageEdited(event_id="e1", provider_id="m1", sender=BOB, at=9, text="I owe Bob 100"),
        MessageDeleted(event_id="d1", provider_id="m1", sender=BOB, at=9),
    )
    assert sorted(m.text for m in await core.messages()) == ["Hi", "I am Bob"]


async def test_a_deleted_message_leaves_nothing_behind(core: Core, net: Network) -> None:
    """S-65: neither text, files, earlier versions, previews, quotes nor the raw event."""
    net.media["f1"] = b"secret bytes"
    secret = sms("my secret is xyzzy", "m1", media=[MediaRef(ref="f1", name="secret.txt")])
    await _receive(core, secret)
    await core.hub.receiving.media.settle()
    await _receive(core, sms("as I said", "m2", reply_to="m1"))
    assert [m.quoted.text for m in await core.messages() if m.quoted] == ["my secret is xyzzy"]
    await _receive(
        core,
        MessageEdited(event_id="e1", provider_id="m1", sender=ANN, at=9, text="xyzzy it is"),
    )
    gone = MessageDeleted(event_id="d1", provider_id="m1", sender=ANN, at=10)
    await _receive(core, gone)
    first = (await core.messages())[0]
    assert (first.text, first.attachments, first.edits, first.deleted_at) == ("", [], [], 10)
    page = await core.store.dump(JOURNAL)
    by_event = {doc["event_id"]: doc["event"] for doc in page.docs}
    assert "xyzzy" not in by_event["m1"]
    assert "xyzzy" not in str(await core.conversations()) + str(await core.messages())
    await _receive(core, secret)
    assert (await core.messages())[0].text == ""


async def test_a_deletion_that_overtakes_its_message_is_not_lost(
    core: Core, jumping: JumpingClock
) -> None:
    await _receive(core, sms("Hi", "m0"))
    await _receive(core, MessageDeleted(event_id="d1", provider_id="m1", sender=ANN, at=10))
    await _receive(core, sms("oops", "m1"))
    jumping.jump(3)
    await core.hub.timers.run_due()
    assert [m.text for m in await core.messages()] == ["Hi", ""]


async def test_an_author_has_one_emoji_and_an_empty_one_takes_it_away(core: Core) -> None:
    await _receive(core, sms("Hi", "m1", sender_name="Ann"))
    message = await _answer(core)
    await core.settle()

    async def reacted(emoji: str, at: int) -> list[tuple[str, str]]:
        event = Reacted(event_id=f"x{at}", provider_id="p1", sender=ANN, emoji=emoji, at=at)
        await _receive(core, event)
        return [(r.name, r.emoji) for r in (await _one(core, message.id)).reactions]

    assert await reacted("👍", 1) == [("Ann", "👍")]
    assert await reacted("❤️", 2) == [("Ann", "❤️")]
    assert await reacted("👍", 1) == [("Ann", "❤️")]
    assert await reacted("", 3) == []


async def test_our_own_echo_is_no_second_message(core: Core, net: Network) -> None:
    await _receive(core, sms("Hi", "m1"))
    message = await _answer(core)
    await core.settle()
    await _receive(core, MessageEchoed(event_id="p1", sender=ANN, at=5, text="Hello"))
    echo = MessageEchoed(event_id="other", message_id=message.id, sender=ANN, at=5, text="Hello")
    await _receive(core, echo)
    assert [m.text for m in await core.messages()] == ["Hi", "Hello"]


async def test_an_echo_that_comes_instead_of_the_answer_settles_it(
    core: Core, net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SEND_TIMEOUT_S", 1.0)
    await _receive(core, sms("Hi", "m1"))
    net.is_hanging = True
    message = await _answer(core)
    async with asyncio.timeout(90):
        while not net.sent:
            await asyncio.sleep(0.01)
    await core.wire.receive(
        core.inboxes["phone"].id, MessageEchoed(event_id="p9", sender=ANN, at=5, text="Hello")
    )
    await core.hub.journal.settle()
    assert [m.text for m in await core.messages()] == ["Hi", "Hello"]
    settled = await _one(core, message.id)
    assert (settled.delivery, settled.provider_id) == ("accepted", "p9")
    await core.hub.services.outbox.settle()
    [row] = (await core.store.dump(OUTBOX)).docs
    assert row["state"] == "accepted"


async def test_what_the_business_wrote_elsewhere_stands_on_the_timeline(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"))
    echo = MessageEchoed(event_id="x1", sender=ANN, at=5, text="From my phone", app="Pages")
    await _receive(core, echo)
    await _receive(core, echo)
    ours = (await core.messages())[-1]
    assert (ours.direction, ours.text, ours.author.name) == ("out", "From my phone", "Pages")
    conversation = (await core.conversations())[0]
    assert (conversation.waiting_since, conversation.preview) == (0, "From my phone")
    await _receive(core, DeliveryReported(event_id="r", provider_id="x1", delivery="read", at=6))
    assert (await core.messages())[-1].delivery == "read"


async def test_an_album_is_one_message_however_often_it_comes(core: Core, net: Network) -> None:
    """R-10, as one message with all files."""
    refs = [f"f{n}" for n in range(20)]
    net.media = {ref: ref.encode() for ref in refs}
    events = [
        sms("Look" if n == 0 else "", f"m{n:02d}", album_id="a1",
            media=[MediaRef(ref=ref, name=f"{ref}.txt")])
        for n, ref in enumerate(refs)
    ]  # fmt: skip
    phone = core.inboxes["phone"].id
    await asyncio.gather(*(core.wire.receive(phone, event) for event in events))
    await core.wire.receive(phone, *events)
    await core.settle()
    await core.hub.receiving.media.settle()
    [message] = await core.messages()
    assert message.text == "Look"
    assert [a.name for a in message.attachments] == [f"f{n}.txt" for n in range(20)]
    assert {a.state for a in message.attachments} == {"ready"}
    edit = MessageEdited(event_id="e", provider_id="m07", sender=ANN, at=9, text="Look here")
    await _receive(core, edit)
    assert (await core.messages())[0].text == "Look here"


async def test_quotes_places_cards_and_unknown_contents_are_kept(core: Core) -> None:
    await _receive(core, sms("Which one?", "m1", sender_name="Ann"))
    place = Location(52.2, 21.0, "Palace", "Plac Defilad 1")
    card = SharedContact("Bob", phones=["+48600100201"])
    await _receive(
        core,
        sms("Yes", "m2", at=2, reply_to="m1", payload="yes-button"),
        sms("", "m3", at=3, location=place),
        sms("", "m4", at=4, shared=[card]),
        sms("", "m5", at=5, unsupported="poll"),
    )
    _, yes, where, who, poll = await core.messages()
    assert yes.quoted is not None
    assert (yes.quoted.seq, yes.quoted.text, yes.payload) == (1, "Which one?", "yes-button")
    assert (where.location, who.shared, poll.unsupported) == (place, [card], "poll")


async def _contacts(core: Core) -> int:
    return await core.store.count(CONTACTS, core.workspace, {})


async def test_one_message_under_two_aliases_is_one_message_of_one_contact(core: Core) -> None:
    """R-13: whoever is met first, also at the same moment."""
    phone = core.inboxes["phone"].id
    handle = Address("handle", "bsuid-1", phone)
    one = sms("Hi", "m1", sender=ANN, aliases=[handle])
    same = sms("Hi", "m1", sender=handle, aliases=[ANN])
    await asyncio.gather(core.wire.receive(phone, one), core.wire.receive(phone, same))
    await core.settle()
    assert [m.text for m in await core.messages()] == ["Hi"]
    assert (await _contacts(core), len(await core.conversations())) == (1, 1)
    await _receive(core, sms("Me again", "m2", sender=handle, at=2))
    assert await _contacts(core) == 1


async def test_an_alias_of_somebody_else_only_suggests(core: Core) -> None:
    await _receive(core, sms("I am Ann", "m1"), sms("I am Bob", "m2", sender=BOB))
    await _receive(core, sms("Ann, or Bob?", "m3", aliases=[BOB]))
    assert (await _contacts(core), len(await core.conversations())) == (2, 2)
    hints = (await core.store.find(MERGE_HINTS, core.workspace, {})).docs
    assert [len(hint["contacts"]) for hint in hints] == [2]


async def test_a_moved_address_is_the_same_person(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"))
    await _receive(core, AddressMoved(event_id="v1", sender=ANN, new=BOB, at=3))
    await _receive(core, sms("New phone", "m2", sender=BOB, at=4))
    assert (await _contacts(core), len(await core.conversations())) == (1, 1)
    assert [m.activity for m in await core.messages("activity")] == ["address_moved"]


async def test_who_left_is_unreachable_until_they_write_again(core: Core) -> None:
    await _receive(core, sms("Hi", "m1"))
    conversation = (await core.conversations())[0]

    async def states() -> list[str]:
        ways = await core.hub.services.ways.of(conversation)
        return [way.state for way in ways if way.inbox.channel == "phone"]

    left = ReachabilityChanged(event_id="l1", sender=ANN, is_reachable=False, at=3)
    await _receive(core, left)
    assert await states() == ["unreachable"]
    now = core.hub.services.clock.now_ms()
    await _receive(core, sms("Back", "m2", at=now))
    await core.settle()
    assert "unreachable" not in await states()


async def test_an_alert_shows_in_the_health_of_the_inbox(core: Core) -> None:
    await _receive(core, AccountAlert(event_id="a1", detail="quality: red", at=3))
    health = core.hub.services.inboxes.health.of(core.inboxes["phone"].id)
    assert "red" in health.last_error


async def test_a_name_that_the_network_tells_only_when_asked(core: Core, net: Network) -> None:
    """Asked once while it is under way, again when it failed, never when it is known."""
    sender = Address("handle", "4711", core.inboxes["phone"].id)
    net.profiles["4711"] = TransientFailure("the network is away")
    await _receive(core, MessageReceived(event_id="n.1", sender=sender, at=1, text="Hello"))
    assert (await _names(core))[0] == ""
    net.profiles["4711"] = "Ann  Nowak"
    await _receive(core, MessageReceived(event_id="n.2", sender=sender, at=2, text="Hello?"))
    await _until_named(core)
    await _receive(core, MessageReceived(event_id="n.3", sender=sender, at=3, text="Hello!"))
    assert await _names(core) == ["Ann Nowak"]
    assert net.calls.count(("profile", "4711")) == 2


async def _until_named(core: Core) -> None:
    async with asyncio.timeout(90):
        while not (await _names(core))[0]:
            await asyncio.sleep(0.01)


async def _names(core: Core) -> list[str]:
    return [doc.get("name", "") for doc in (await core.store.dump(CONTACTS)).docs]


async def _phone_ways(core: Core) -> list[tuple[str, str, str]]:
    """(address, state, reason) of each way by the phone network."""
    conversation = (await core.conversations())[0]
    ways = await core.hub.services.ways.of(conversation)
    return [(w.to.value, w.state, w.reason) for w in ways if w.inbox.channel == "phone"]


@pytest.mark.parametrize("fault", [RecipientUnreachable, Landline])
async def test_a_refusal_for_good_closes_that_way_until_they_write(
    core: Core, net: Network, fault: type[RecipientUnreachable]
) -> None:
    now = core.hub.services.clock.now_ms()
    await _receive(core, sms("Hi", "m1", at=now, aliases=[BOB]))
    net.faults.append(fault("(7) never"))
    await _answer(core)
    await core.settle()
    states = {address: (state, reason) for address, state, reason in await _phone_ways(core)}
    assert states[ANN.value] == ("unreachable", fault.code)
    assert states[BOB.value][0] != "unreachable", "another identity is offered"
    await _receive(core, sms("Still here", "m2", at=now + 1))
    assert (ANN.value, "ok", "") in await _phone_ways(core)


async def test_a_refusal_that_is_reported_closes_that_way_until_the_network_says_otherwise(
    core: Core,
) -> None:
    await _receive(core, sms("Hi", "m1", at=core.hub.services.clock.now_ms()))
    await _answer(core)
    await core.settle()
    failed = DeliveryReported(
        event_id="r1", provider_id="p1", delivery="failed", reason="landline", at=5
    )
    await _receive(core, failed)
    [(_, state, reason)] = await _phone_ways(core)
    assert (state, reason) == ("unreachable", "landline")
    [way] = [
        w
        for w in await core.hub.services.ways.of((await core.conversations())[0])
        if w.inbox.channel == "phone"
    ]
    with pytest.raises(Landline):
        require_open(way, has_template=True)
    back = ReachabilityChanged(event_id="b1", sender=ANN, is_reachable=True, at=6)
    await _receive(core, back)
    assert [state for _, state, _ in await _phone_ways(core)] == ["ok"]


async def test_what_passes_leaves_the_way_open(core: Core, net: Network) -> None:
    now = core.hub.services.clock.now_ms()
    await _receive(core, sms("Hi", "m1", at=now))
    net.faults.append(UnreachableNow("(30003) switched off"))
    message = await _answer(core)
    await core.settle()
    assert (await _one(core, message.id)).reason == "unreachable_now"
    assert [state for _, state, _ in await _phone_ways(core)] == ["ok"]


async def test_a_refusal_from_before_they_wrote_closes_nothing(
    core: Core, jumping: JumpingClock
) -> None:
    await _receive(core, sms("Hi", "m1", at=jumping.now_ms()))
    await _answer(core)
    await core.settle()
    jumping.jump(5)
    await _receive(core, sms("Hello?", "m2", at=jumping.now_ms()))
    late = DeliveryReported(
        event_id="r1", provider_id="p1", delivery="failed", reason="recipient_unreachable", at=5
    )
    await _receive(core, late)
    assert [state for _, state, _ in await _phone_ways(core)] == ["ok"]
